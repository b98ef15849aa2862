"""The folder of all backups: their names, the lock of the process that works on it, what a killed one left.

A backup is a folder called by the UTC time of its database. It is made under another name and renamed last, so a
folder with the right name is a whole backup. Removing one begins with renaming it. Used by `ops.backup.make`,
`ops.backup.restore` and `ops.backup.targets`.
"""

import ctypes
import fcntl
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from databoard.errors import Conflict, NotFound
from databoard.queries.backups import FORM, NAME

#: Before the name of a backup that is being made, and of one that is being removed.
MAKING, REMOVING = ".making-", ".removing-"


class Shelf:
    """The backups below one folder, such as ``DATABOARD_HOME/backups``.

    Parameters
    ----------
    folder : Path
        Need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, home: Path) -> "Shelf":
        return cls(home / "backups")

    def names(self) -> list[str]:
        """Return the names of all whole backups, the oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            entry.name for entry in os.scandir(self.folder) if is_name(entry.name) and entry.is_dir()
        )

    def newest(self) -> str | None:
        """Return the name of the newest backup; None without one."""
        return max(self.names(), default=None)

    def path(self, name: str) -> Path:
        """Return the folder of a backup.

        Raises
        ------
        NotFound
            If there is none of that name; the text names the newest.
        """
        if name not in self.names():
            there = (
                f"The newest is {self.newest()}; fab backups lists all."
                if self.newest()
                else "There is none."
            )
            raise NotFound(f"Expected the name of a backup in {self.folder}, got {name!r}. {there}")
        return self.folder / name

    def free_name(self, now: datetime) -> str:
        """Return the name for a backup made at `now`; a later second where that is taken."""
        there = set(self.names())
        while name_at(now) in there:
            now += timedelta(seconds=1)
        return name_at(now)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only process that works on this folder; what a killed one left is removed first.

        Raises
        ------
        Conflict
            If another process does at this moment. The lock of a process ends with it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.folder / ".lock", "ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    "Another backup or restore is at work here. Try again when it has ended."
                ) from None
            self._remove_leftovers()
            yield

    def remove(self, names: Iterable[str]) -> None:
        """Remove backups; files that others share stay in those."""
        for name in names:
            aside = self.folder / f"{REMOVING}{name}"
            os.rename(self.folder / name, aside)
            shutil.rmtree(aside)

    def _remove_leftovers(self) -> None:
        for path in self.folder.iterdir():
            if path.name.startswith((MAKING, REMOVING)):
                shutil.rmtree(path)


def is_name(text: str) -> bool:
    """Return whether `text` is the name of a backup."""
    return bool(NAME.fullmatch(text))


def name_at(time: datetime) -> str:
    return time.astimezone(UTC).strftime(FORM)


def time_of(name: str) -> datetime:
    return datetime.strptime(name, FORM).replace(tzinfo=UTC)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all_below(folder: Path) -> None:
    """Make all files on the file system of `folder` durable: one call for thousands of files (syncfs(2))."""
    if sys.platform != "linux":
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if library.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
