"""Run commands on a target and copy folders to it: on this machine, or over SSH with Fabric's Connection and rsync.

Host keys are checked: an unknown or changed key is refused, for commands (Fabric would take any) and for rsync.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from databoard.errors import RuleError
from databoard.ops.publish.targets import Target


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def is_ok(self) -> bool:
        return self.code == 0

    def reason(self) -> str:
        """Return what it said about its failure, on one line."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return " ".join(lines[-6:]) or f"exit code {self.code}"


class Host(Protocol):
    """Where commands run and folders are copied to."""

    def run(self, command: str) -> Done:
        """Run a shell command and return how it ended."""

    def attach(self, command: str) -> int:
        """Run a shell command on this terminal; return its exit code."""

    def copy(self, source: Path, folder: str, *options: str) -> list[str]:
        """Make `folder` equal to `source` by rsync; return a line for each change."""


@contextmanager
def connected(target: Target) -> Iterator[Host]:
    """Yield the host of `target`.

    Raises
    ------
    RuleError
        If it cannot be reached, or its key is not known.
    """
    if not target.host:
        yield LocalHost()
        return
    connection = _connection(target)
    try:
        yield SshHost(target, connection)
    finally:
        connection.close()


class LocalHost:
    """This machine."""

    def run(self, command: str) -> Done:
        done = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, text=True, env=_plain_environment()
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def attach(self, command: str) -> int:
        sys.stdout.flush()
        return subprocess.run(["/bin/sh", "-c", command], env=_plain_environment()).returncode

    def copy(self, source: Path, folder: str, *options: str) -> list[str]:
        return _rsync(f"{source}/", f"{folder}/", *options)


class SshHost:
    """Another machine."""

    def __init__(self, target: Target, connection: Any) -> None:
        self._target, self._connection = target, connection

    def run(self, command: str) -> Done:
        import paramiko

        try:
            done = self._connection.run(command, hide=True, warn=True, in_stream=False)
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise RuleError(
                f"The connection to {self._target.host} was lost: {error or 'it was closed'}."
            ) from None
        return Done(done.exited, done.stdout, done.stderr)

    def attach(self, command: str) -> int:
        done = self._connection.run(command, warn=True, pty=sys.stdin.isatty() and sys.stdout.isatty())
        return int(done.exited)

    def copy(self, source: Path, folder: str, *options: str) -> list[str]:
        target = self._target
        words = ["ssh", "-p", str(target.port), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
        if target.identity:
            words += ["-o", "IdentitiesOnly=yes", "-i", os.path.expanduser(target.identity)]
        if target.known_hosts:
            words += ["-o", f"UserKnownHostsFile={os.path.expanduser(target.known_hosts)}"]
        login = f"{target.user}@" if target.user else ""
        host = f"[{target.host}]" if ":" in target.host else target.host
        return _rsync(f"{source}/", f"{login}{host}:{folder}/", "-e", shlex.join(words), *options)


def _rsync(source: str, target: str, *options: str) -> list[str]:
    program = shutil.which("rsync")
    if program is None:
        raise RuleError("rsync is missing. Install it here and on the target: sudo apt-get install -y rsync")
    words = [program, "--recursive", "--links", "--perms", "--times", "--checksum", "--delete"]
    done = subprocess.run(
        [*words, "--itemize-changes", *options, source, target],
        capture_output=True,
        text=True,
        env=_plain_environment(),
    )
    if done.returncode:
        raise RuleError(
            f"rsync to {target} failed: {Done(done.returncode, done.stdout, done.stderr).reason()}"
        )
    return done.stdout.splitlines()


def _connection(target: Target) -> Any:
    """Return an open connection to a host whose key is known."""
    import fabric
    import paramiko

    keys = {"key_filename": os.path.expanduser(target.identity)} if target.identity else {}
    connection = fabric.Connection(
        target.host, user=target.user or None, port=target.port, connect_timeout=20, connect_kwargs=keys
    )
    connection.client.load_system_host_keys(os.path.expanduser(target.known_hosts) or None)
    connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        connection.open()
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise RuleError(
            f"{target.name}: expected to log in at {target.host} port {target.port}, could not: {error}. "
            f"Try it by hand: ssh -p {target.port} {f'{target.user}@' if target.user else ''}{target.host}"
        ) from None
    return connection


def _plain_environment() -> dict[str, str]:
    """Return the environment without this process's own settings: a release has its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DATABOARD_")}
