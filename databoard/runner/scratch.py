"""Private temporary folders that do not outlive a worker for long, however it ends.

A folder is locked by its owner for as long as the owner lives; the next worker that starts removes those
whose lock is free. A process id would not do: they come again.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

#: What is written whole or not at all bears such a name meanwhile; after so long nobody writes it any more.
UNFINISHED, UNFINISHED_S = ".writing-", 3600.0


class Scratch:
    """A private folder below ``parent``, removed on :meth:`close`, else at the next start.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self, parent: Path):
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
        self._lock = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep(parent: Path) -> int:
    """Remove the folders of workers that are gone; return how many."""
    n_removed = 0
    for folder in parent.glob("run-*"):
        with contextlib.suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                n_removed += 1
            finally:
                os.close(lock)
    return n_removed


def sweep_unfinished(parent: Path) -> int:
    """Remove what workers that were killed began to write in the folders of ``parent``; return how many files."""
    n_removed = 0
    for path in parent.glob(f"*/{UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - UNFINISHED_S:
                path.unlink()
                n_removed += 1
    return n_removed
