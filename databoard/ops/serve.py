"""Run the web server, and in development the training worker beside it; one Ctrl-C ends both cleanly.

Each is the leader of a process group of its own. When one dies, what is left of its group is ended. The processes of
a web server have a session each (``web_share``) and end with their master: they would keep the port, and answer in
place of the next server.
"""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from databoard.errors import RuleError
from databoard.ops import guard
from databoard.ops.reach import reach
from databoard.services.base.database import open_database

if TYPE_CHECKING:
    from config import Config

ROOT = Path(__file__).resolve().parents[2]
#: After the first SIGTERM a worker finishes its job; after the second it hands it back.
PATIENCE_S = (10, 20)
#: What is left of a group whose leader died may take so long to end by itself.
ORPHANS_S = 5
#: The workers of a web server that was killed together with us keep the port for up to 33 s.
PORT_WITHIN_S = 45


def serve(config: "Config", *, port: int | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Parameters
    ----------
    config : config.Config
    port : int, optional
        Instead of the configured one.

    Raises
    ------
    RuleError
        If the database is not at this code's revision, the port stays in use, or the web server ends by itself.
    """
    with open_database(config) as database:
        guard.require_ready(config, database.engine)
    port = port or config.port
    commands = [web_command(config, port)]
    if not config.is_production:
        commands.append([sys.executable, "-m", "fabric", "worker"])
    environment = {**os.environ, "DATABOARD_PORT": str(port)}
    processes: list[_Process] = []
    with contextlib.suppress(SystemExit), _signals_as_exit():
        try:
            wait_for_port(config.host, port)
            for command in commands:
                processes.append(_Process(command, environment))
            print(f"Databoard is at {reach(config.host, port)}. Ctrl-C ends it.", flush=True)
            _watch(*processes)
        finally:
            _end([process.popen for process in processes])


def web_command(config: "Config", port: int) -> list[str]:
    """Return the gunicorn command line."""
    words = ["--bind", f"{config.host}:{port}", "--config", "python:databoard.ops.web_share"]
    return [sys.executable, "-m", "gunicorn", *words, *web_options(config), "manage:application()"]


def web_options(config: "Config") -> list[str]:
    """Return gunicorn's options, without the address."""
    # Its control socket is one for each user of the machine, in a home folder that a service may not write to.
    return (
        f"--workers {config.web_workers} --worker-class gthread --threads 4 --timeout 60 "
        "--max-requests 10000 --max-requests-jitter 1000 --log-level warning --no-control-socket"
    ).split()


def wait_for_port(host: str, port: int, *, within_s: float = PORT_WITHIN_S) -> None:
    """Wait until nobody listens on `port`; say so when that takes a while.

    Raises
    ------
    RuleError
        If it is still in use after `within_s`.
    """
    deadline, is_said = time.monotonic() + within_s, within_s == 0
    while _is_in_use(host, port):
        if time.monotonic() >= deadline:
            raise RuleError(
                f"Expected port {port} to be free within {within_s:g} s; another program still listens on it. "
                f"End that program, or serve on another port: fab serve:{port + 1}"
            )
        if not is_said:
            text = f"Port {port} is in use; waiting up to {within_s:g} s until it is free."
            print(text, file=sys.stderr, flush=True)
            is_said = True
        time.sleep(0.2)


def _is_in_use(host: str, port: int) -> bool:
    """Try to listen as gunicorn does; what else is wrong with the address it will report."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), port))
            listener.listen(1)
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def end_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """On Linux, let the kernel end this process by a signal when its parent dies, also by SIGKILL (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, by)  # PR_SET_PDEATHSIG


class _Process:
    """A command that runs, and runs again when asked to; its pauses double from 1 s to a minute."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.command, self._environment, self._pause_s, self._start_at = command, environment, 1, 0.0
        self.start()

    def start(self) -> None:
        # A session and a group of its own: the terminal's Ctrl-C reaches us alone, and we end them in order.
        self.popen = subprocess.Popen(
            self.command, cwd=ROOT, env=self._environment, start_new_session=True, preexec_fn=end_with_parent
        )

    def start_again_when_due(self) -> None:
        """Start a command that has ended, after a pause."""
        if not self._start_at:
            end_group(self.popen)
            print(f"The worker ended; it starts again in {self._pause_s} s.", file=sys.stderr, flush=True)
            self._start_at = time.monotonic() + self._pause_s
            self._pause_s = min(60, 2 * self._pause_s)
        elif time.monotonic() >= self._start_at:
            self._start_at = 0.0
            self.start()


def _watch(web: _Process, *workers: _Process) -> None:
    """Wait until the web server ends, which it should not; a worker that ends is started again.

    Raises
    ------
    RuleError
        When the web server has ended with all of its processes.
    """
    while (code := web.popen.poll()) is None:
        for worker in workers:
            if worker.popen.poll() is not None:
                worker.start_again_when_due()
        time.sleep(0.2)
    end_group(web.popen)  # at once: the worker may still need a while to end
    raise RuleError(f"The web server ended with exit code {code}. Start it again: fab serve")


def end_group(leader: "subprocess.Popen[bytes]") -> None:
    """End what is left of the process group of a `leader` that ended; return when nothing is."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + ORPHANS_S
        try:
            os.killpg(leader.pid, number)
            while time.monotonic() < deadline:
                with contextlib.suppress(ChildProcessError):  # as process 1 of a container we inherit orphans
                    os.waitpid(-leader.pid, os.WNOHANG)
                os.killpg(leader.pid, 0)
                time.sleep(0.05)
        except (ProcessLookupError, PermissionError):  # nobody is left; macOS reports zombies by the latter
            return


def _end(processes: list["subprocess.Popen[bytes]"]) -> None:
    """Ask every process to finish its work, ask again, then insist; leave nothing of their groups."""
    for patience_s in PATIENCE_S:
        for process in processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and any(process.poll() is None for process in processes):
            time.sleep(0.1)
    for process in processes:
        process.kill()
        process.wait()
        end_group(process)


class _signals_as_exit:
    """While inside, SIGTERM and SIGINT raise SystemExit, so that the clean-up runs; a second one insists."""

    def __enter__(self) -> None:
        self._old = {number: signal.signal(number, self._raise) for number in (signal.SIGTERM, signal.SIGINT)}

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    @staticmethod
    def _raise(number: int, frame: object) -> NoReturn:
        raise SystemExit(0)
