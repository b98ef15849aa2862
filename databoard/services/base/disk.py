"""How much room is left on the disk of DATABOARD_HOME, and which errors say that there is none.

Called by `files` before it writes, by workers before they take work, and by the checks of the site.
"""

import errno
import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from databoard.errors import DiskFull

_WORDS = ("disk is full", "No space left on device")


def free_bytes(folder: Path) -> int:
    """Return how many bytes this process may still write below `folder`, or where it will be made."""
    facts = os.statvfs(_there(folder))
    return facts.f_bavail * facts.f_frsize


def total_bytes(folder: Path) -> int:
    """Return the size of the disk of `folder`."""
    facts = os.statvfs(_there(folder))
    return facts.f_blocks * facts.f_frsize


def require_room(folder: Path, *, min_free_bytes: int) -> None:
    """Refuse to write while less than `min_free_bytes` are free.

    Raises
    ------
    DiskFull
    """
    if min_free_bytes and free_bytes(folder) < min_free_bytes:
        raise DiskFull


def is_full(error: BaseException) -> bool:
    """Return whether an exception says that a disk, or a quota of one, is full: of a file or of the database."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, DBAPIError) and any(words in str(error.orig) for words in _WORDS)


def _there(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
