"""Bytes that a jailed run may read and that no process can change.

A file of the server would not do: an ordinary user's jail has the same owner outside, and could open its
inherited descriptor again for writing. A sealed memory file refuses that to everyone.
"""

import fcntl
import mmap
import os

_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


class SealedFile:
    """A sealed memory file; it lives as long as this object and the descriptors taken from it.

    Parameters
    ----------
    content : bytes or mmap

    Attributes
    ----------
    descriptor : int
        Open for reading.
    """

    def __init__(self, content: bytes | bytearray | memoryview | mmap.mmap) -> None:
        self.descriptor = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with memoryview(content) as view:
            n_written = 0
            while n_written < len(view):
                with view[n_written:] as rest:
                    n_written += os.write(self.descriptor, rest)
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, _SEALS)

    def copy(self) -> "SealedFile":
        """Return another file of the same content; a file's own times and marks are not shared."""
        # Not by one read: that ends after 2 GiB.
        with mmap.mmap(self.descriptor, 0, prot=mmap.PROT_READ) as content:
            return SealedFile(content)

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)
