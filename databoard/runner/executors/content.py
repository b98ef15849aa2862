"""Files known by the SHA-256 of what they hold: how the inputs of a fold get to another machine, once.

The server names contents by their digests; a machine of the cluster keeps what it was sent in a folder, where every
name is a digest, and believes a file only when its bytes have that digest.
"""

import contextlib
import functools
import hashlib
import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from databoard.errors import JailError
from databoard.jail import Scratch, sweep

#: How the folder of a process begins in which what arrives in pieces lies meanwhile.
_ARRIVING = "arriving-"
#: What nobody asked for so long is removed at the next start.
KEPT_S, _TOUCHED_EVERY_S = 7 * 86400.0, 86400.0
_PIECE_BYTES = 1 << 20


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal; computed once while the file stays as it is."""
    return _digest(path, _marks(path))


@functools.lru_cache(maxsize=1024)
def _digest(path: Path, marks: tuple[int, ...]) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _marks(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@dataclass(frozen=True)
class Content:
    """A file of a :class:`ContentFolder`; stands where a path may stand that is only read."""

    path: Path

    def read_bytes(self) -> bytes:
        """Return the bytes, which have the digest that names them.

        Raises
        ------
        JailError
            If they have not; the file is removed.
        """
        content = self.path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.path.name:
            self.path.unlink(missing_ok=True)
            raise JailError(f"A cached input, {self.path.name[:12]}…, was altered on disk; it was removed.")
        return content


def path_of(file: "Path | Content") -> Path:
    """Return where a file lies, whichever of the two stands for it."""
    return file.path if isinstance(file, Content) else file


class ContentFolder:
    """Contents on the disk of a machine; several processes may share one.

    Parameters
    ----------
    folder : Path
        Made when it is not there, closed to other users.

    Raises
    ------
    JailError
        If the folder belongs to somebody else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise JailError(
                f"Expected a folder of this user for inputs, got {folder}, which is somebody else's."
            )
        folder.chmod(0o700)
        sweep(folder, _ARRIVING)
        self._forget()
        self._arriving = Scratch(folder, _ARRIVING)

    def find(self, digest: str) -> Content | None:
        """Return the content of this digest, None when it is not here; a file that holds something else goes."""
        path = self._path(digest)
        try:
            if digest_of(path) == digest:
                if path.stat().st_mtime < time.time() - _TOUCHED_EVERY_S:
                    os.utime(path)
                return Content(path)
        except FileNotFoundError:
            return None
        path.unlink(missing_ok=True)
        return None

    def begin(self) -> Path:
        """Return a new, empty file for a content that arrives in pieces."""
        descriptor, name = tempfile.mkstemp(dir=self._arriving.folder)
        os.close(descriptor)
        return Path(name)

    def keep(self, draft: Path, digest: str) -> bool:
        """Give a file that :meth:`begin` made its name; return False, and drop it, when it holds something else."""
        if digest_of(draft) != digest:
            draft.unlink()
            return False
        draft.rename(self._path(digest))
        return True

    def close(self) -> None:
        """Remove what has not arrived whole."""
        self._arriving.close()

    def _path(self, digest: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise ValueError(f"Expected a SHA-256 in hexadecimal, got {digest!r}.")
        return self.folder / digest

    def _forget(self) -> None:
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < time.time() - KEPT_S:
                    path.unlink()
