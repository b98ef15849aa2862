"""Write a file whole or not at all, and remove what a killed writer left of one.

While it is written a file bears another name and a lock, which its writer's death frees.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

_UNFINISHED = ".writing-"


@contextlib.contextmanager
def written_whole(path: Path, mode: str = "wb") -> Iterator[IO[Any]]:
    """Yield an open file that takes the place of ``path``, durably, when the block ends well.

    Its folder is made if need be; only this user can read either.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary, descriptor = _locked_file(path.parent)
    try:
        with open(descriptor, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sweep_unfinished(parent: Path) -> int:
    """Remove what writers that were killed began in the folders of ``parent``; return how many files."""
    n_removed = 0
    for path in parent.glob(f"*/{_UNFINISHED}*"):
        with contextlib.suppress(OSError):
            lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                n_removed += 1
            finally:
                os.close(lock)
    return n_removed


def _locked_file(folder: Path) -> tuple[Path, int]:
    while True:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=_UNFINISHED)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return Path(name), descriptor
        os.close(descriptor)  # swept in the moment before it was locked
