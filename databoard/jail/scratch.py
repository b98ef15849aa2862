"""Private temporary folders that do not outlive a worker for long, however it ends.

A folder is locked by its owner for as long as the owner lives; the next worker that starts removes those
whose lock is free. A process id would not do: they come again.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path


class Scratch:
    """A private folder below ``parent``, removed on :meth:`close`, else by the next :func:`sweep`.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self, parent: Path, prefix: str = "run-") -> None:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock: int | None = None
        while self._lock is None:
            self.folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            self._lock = _locked(self.folder)

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep(parent: Path, prefix: str = "run-") -> int:
    """Remove the folders of owners that are gone; return how many."""
    n_removed = 0
    for folder in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                n_removed += 1
            finally:
                os.close(lock)
    return n_removed


def _locked(folder: Path) -> int | None:
    """Return a lock on a new folder; None when another worker swept it in the moment before."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    fcntl.flock(lock, fcntl.LOCK_EX)
    if folder.exists():
        return lock
    os.close(lock)
    return None
