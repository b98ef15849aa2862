"""Copy the files that a dump names, or link those of the previous backup. Used by `ops.backup.make`.

A file of the store is written under another name and renamed, and never changed after that: contents are called by
their SHA-256, predictions by the lease of the job that made them. So a file of the previous backup with the same
path is the same file, and is linked. Files of the server itself are copied, never linked: what damages one must not
damage the other.
"""

import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from databoard.ops.backup.manifest import BackedUpFile, Manifest, place_of
from databoard.ops.backup.named_files import NamedFile

_CHUNK_BYTES = 1 << 20
#: A linked file is read again in one of so many backups: a disk may have changed it meanwhile.
N_ROTA = 7
#: Too many links to one file, or a file system without links.
_CANNOT_LINK = {errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV}


@dataclass
class Collected:
    """What was collected.

    Attributes
    ----------
    files : list of BackedUpFile
    copied : set of str
        Paths of the files that were copied now; the others are links.
    missing : list of str
        Paths that rows name, and that neither the server nor the previous backup has whole.
    healed : list of str
        Paths of which the previous backup had a damaged copy, and this one has a good one.
    """

    files: list[BackedUpFile] = field(default_factory=list)
    copied: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Previous:
    """The previous backup: its folder, its manifest and its files by path."""

    folder: Path
    manifest: Manifest
    files: Mapping[str, BackedUpFile]

    def whole(self, known: BackedUpFile, number: int) -> str | None:
        """Return where a file of it lies, or None when it is not what the manifest says; on its rota it is read."""
        path = f"{self.folder}/{self.manifest.place(known)}"
        try:
            if os.stat(path).st_size != known.size_bytes:
                return None
            is_same = not is_on_rota(known.sha256, number) or sha256_of(path) == known.sha256
        except FileNotFoundError:
            return None
        return path if is_same else None


def collect(
    named: Iterable[NamedFile], *, home: Path, into: Path, previous: Previous | None, number: int
) -> Collected:
    """Bring every named file into the folder `into`.

    Parameters
    ----------
    number : int
        Of this backup; it chooses which links are read again.
    """
    done = Collected()
    made: set[str] = set()
    for file in named:
        target = f"{into}/{place_of(file.path)}"
        folder = target.rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        known = previous.files.get(file.path) if previous else None
        earlier = previous.whole(known, number) if previous and known else None
        if earlier and known and _link(earlier, target):
            done.files.append(known)
            continue
        copied = _copy(earlier or f"{home}/{file.path}", target, file)
        if copied is None:
            done.missing.append(file.path)
            continue
        done.files.append(copied)
        done.copied.add(file.path)
        if known and not earlier:
            done.healed.append(file.path)
    return done


def is_on_rota(sha256: str, number: int) -> bool:
    """Return whether a file with this hash is read again in backup `number`."""
    return (int(sha256[:8], 16) + number) % N_ROTA == 0


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link(source: str, target: str) -> bool:
    """Link a file; return False where the file system cannot."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        return False
    return True


def _copy(source: str, target: str, named: NamedFile) -> BackedUpFile | None:
    """Copy a file of the server; return None when it is not there or not what its name says."""
    digest, size_bytes = hashlib.sha256(), 0
    try:
        reader = open(source, "rb")  # noqa: SIM115 (closed below)
    except FileNotFoundError:
        return None
    with reader, open(target, "xb") as writer:
        while chunk := reader.read(_CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
            size_bytes += len(chunk)
    if named.sha256 not in (None, digest.hexdigest()):
        os.unlink(target)
        return None
    return BackedUpFile(named.path, size_bytes, digest.hexdigest())
