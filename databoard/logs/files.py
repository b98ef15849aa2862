"""A log file that several processes write at once, and rotate, without losing a line.

A record is one ``write`` to a file opened with ``O_APPEND``, which Linux does whole (open(2)). Rotation renames: a
process that still writes to the renamed file loses nothing. It notices the new file at its next record.
"""

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path


class SharedLogFile(logging.Handler):
    """Appends records to `path`, and rotates it when it is larger than `max_bytes`.

    Parameters
    ----------
    path : Path
        ``web.log``; older files are called ``web.log.1``, which is the newest, to ``web.log.<n_older>``. Its folder
        is made when the first record comes, but never the home folder above.
    max_bytes, n_older : int
    """

    def __init__(self, path: Path, *, max_bytes: int, n_older: int):
        super().__init__()
        self._path, self._max_bytes, self._n_older = path, max_bytes, n_older
        self._descriptor: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; a disk that is full stops nothing, because stderr has the record too."""
        try:
            content = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            with contextlib.suppress(OSError):
                self._write(content)
        except Exception:  # as every handler of the library does
            self.handleError(record)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        super().close()

    def _write(self, content: bytes) -> None:
        descriptor = self._current()
        os.write(descriptor, content)
        if os.fstat(descriptor).st_size > self._max_bytes:
            self._rotate()

    def _current(self) -> int:
        """Return the descriptor of the file that is now called so; another process may have renamed the last one."""
        if self._descriptor is not None and _identity(self._path) == _identity(self._descriptor):
            return self._descriptor
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        with contextlib.suppress(FileExistsError):
            self._path.parent.mkdir(mode=0o700)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return self._descriptor

    def _rotate(self) -> None:
        """Rename the files, unless another process has done it meanwhile."""
        with _locked(self._path.with_suffix(".lock")):
            if self._path.stat().st_size <= self._max_bytes:
                return
            for number in range(self._n_older - 1, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    older(self._path, number).rename(older(self._path, number + 1))
            self._path.rename(older(self._path, 1))


def older(path: Path, number: int) -> Path:
    """Return what a log file is called after so many rotations."""
    return path.with_name(f"{path.name}.{number}")


def _identity(path: Path | int) -> tuple[int, int] | None:
    try:
        facts = os.stat(path)
    except FileNotFoundError:
        return None
    return facts.st_dev, facts.st_ino


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which ends the lock
