"""A lock that keeps every stored file: a backup holds it while it copies, and the trash removes nothing meanwhile.

The lock is one of the kernel, on the file ``trash/hold``: it ends with the process that has it, also after a kill.
Used by `ops.trash`, `ops.backup.make` and `ops.backup.restore`.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def holding(home: Path) -> Iterator[None]:
    """Keep all files until the block ends. A round of the trash that runs now ends first; several may hold."""
    with _lock_file(home) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def removing(home: Path) -> Iterator[bool]:
    """Yield whether files may be removed until the block ends; nobody can begin to hold them meanwhile."""
    with _lock_file(home) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _lock_file(home: Path) -> IO[bytes]:
    folder = home / "trash"
    folder.mkdir(parents=True, exist_ok=True)
    return open(folder / "hold", "ab")
