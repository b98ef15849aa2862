"""Bytes that a jailed run may read and nobody can change any more.

A file of the server would not do: an ordinary user's jail has the same owner outside, and could open its
inherited descriptor again for writing. A sealed memory file refuses that, whoever asks.
"""

import fcntl
import os

_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


class SealedFile:
    """A sealed memory file; it lives as long as this object and the descriptors taken from it.

    Attributes
    ----------
    descriptor : int
        Open for reading.
    """

    def __init__(self, content: bytes):
        self.descriptor = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        view = memoryview(content)
        while view:
            view = view[os.write(self.descriptor, view) :]
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, _SEALS)

    def copy(self) -> "SealedFile":
        """Return another file of the same content; a file's own times and marks are not shared."""
        return SealedFile(os.pread(self.descriptor, os.fstat(self.descriptor).st_size, 0))

    def __del__(self):
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)
