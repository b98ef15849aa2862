"""Copy backups to another disk or host by rsync, whole or not at all. Called by `tasks.backup_report`.

A disk must be mounted: without that check a copy to a folder below an unmounted disk would fill the disk of the
server, and be no second copy. The target keeps as many backups as the rules of retention say, by its own dates, so
the loss of the local ones removes nothing there.
"""

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from databoard.errors import RuleError
from databoard.ops.backup.retention import RetentionRules, kept
from databoard.ops.backup.shelf import MAKING, Shelf, is_name, time_of

#: Ends what is in front of it as a mount point, as in rsync's own notation.
_ANCHOR = "/./"
_SSH = ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=30")


@dataclass(frozen=True)
class Target:
    """A folder that takes copies: on a disk of this machine, or on a host that ssh reaches with a key.

    Attributes
    ----------
    host : str
        ``[user@]host``; empty for this machine.
    folder : str
    mount_point : str
        What must be mounted; empty on another host.
    """

    host: str
    folder: str
    mount_point: str

    @classmethod
    def of(cls, text: str) -> "Target":
        """Read the setting DATABOARD_BACKUP_TARGET."""
        if text.startswith("/"):
            mount_point, _, below = text.partition(_ANCHOR)
            return cls("", str(Path(mount_point) / below), mount_point)
        host, _, folder = text.partition(":")
        return cls(host, folder, "")

    def require_mounted(self) -> None:
        """Refuse a folder below a disk that is not mounted.

        Raises
        ------
        RuleError
            Naming what is not a mount point.
        """
        if not self.host and not os.path.ismount(self.mount_point):
            raise RuleError(
                f"Expected a disk mounted at {self.mount_point}, got an ordinary folder or none. Mount it, or "
                "name the mount point in DATABOARD_BACKUP_TARGET: <mount point>/./<folder>. Nothing was written."
            )

    def run(self, *command: str) -> str:
        """Run a command where the target is; return what it said.

        Raises
        ------
        RuleError
            With its last line.
        """
        return _run([*_SSH, self.host, "--", shlex.join(command)] if self.host else list(command))

    def address(self, name: str) -> str:
        """Return the name of a folder there, as rsync understands it."""
        return f"{self.host}:{self.folder}/{name}/" if self.host else f"{self.folder}/{name}/"


@dataclass(frozen=True)
class Copied:
    """What was copied to a target, and what the rules of retention removed there."""

    copied: tuple[str, ...]
    removed: tuple[str, ...]


def copy(shelf: Shelf, target: Target, rules: RetentionRules, *, now: datetime) -> Copied:
    """Copy what `rules` keep and the target lacks, the oldest first; then remove there what they do not keep.

    Raises
    ------
    RuleError
        If the target is not mounted, cannot be reached or is full. What is there whole stays.
    """
    target.require_mounted()
    if shutil.which("rsync") is None:
        raise RuleError(
            "Expected the program rsync, got none. Install it, on Debian: sudo apt-get install -y rsync"
        )
    target.run("mkdir", "-p", "-m", "700", "--", target.folder)
    there = _listed(target)
    stay = {time_of(name) for name in [*there, *shelf.names()]}
    stay = kept(stay, rules, now=now)
    lacking = [name for name in shelf.names() if name not in there and time_of(name) in stay]
    for name in lacking:
        _copy_one(shelf.folder / name, target, name, neighbour=max(there, default=None))
        there.append(name)
    gone = [name for name in there if time_of(name) not in stay]
    for name in gone:
        target.run("rm", "-rf", "--", f"{target.folder}/{name}")
    return Copied(tuple(lacking), tuple(gone))


def _listed(target: Target) -> list[str]:
    """Return the whole backups there; what a copy that was killed left is removed."""
    names = target.run("ls", "-1A", "--", target.folder).splitlines()
    for name in names:
        if name.startswith(MAKING) and is_name(name.removeprefix(MAKING)):
            target.run("rm", "-rf", "--", f"{target.folder}/{name}")
    return sorted(filter(is_name, names))


def _copy_one(source: Path, target: Target, name: str, *, neighbour: str | None) -> None:
    """Copy a backup under another name and rename it; files that its neighbour there has become links."""
    draft = f"{MAKING}{name}"
    links = [f"--link-dest=../{neighbour}/"] if neighbour else []
    shell = ["-e", shlex.join(_SSH)] if target.host else []
    _run(["rsync", "--archive", "--fsync", *shell, *links, "--", f"{source}/", target.address(draft)])
    target.run("mv", "--", f"{target.folder}/{draft}", f"{target.folder}/{name}")


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if not line.startswith("rsync error")]
        last = said[-1] if said else f"exit code {done.returncode}"
        raise RuleError(f"The backup was made, but not copied to the other disk or host: {last}")
    return done.stdout
