"""Check a backup by restoring it into scratch: rows by table, the files that its rows name, their hashes.

Used by `ops.backup.make` and `ops.backup.restore`.
"""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from databoard.errors import RuleError
from databoard.ops.backup.collecting import sha256_of
from databoard.ops.backup.databases import BackedUpDatabase
from databoard.ops.backup.manifest import BackedUpFile, Manifest
from databoard.ops.backup.named_files import n_rows, named_files, revision
from databoard.services.base.database import open_engine


def verify(folder: Path, manifest: Manifest, database: BackedUpDatabase, *, copied: Collection[str]) -> None:
    """Restore the dump of the new backup in `folder` beside `database`, and compare it with its manifest.

    Parameters
    ----------
    copied : collection of str
        Paths of the files that are read again. The others are links: the same files that were looked at before they
        were linked.

    Raises
    ------
    RuleError
        Saying what differs.
    """
    new = [file for file in manifest.files if file.path in copied]
    _verify(folder, manifest, new, is_read=True)
    with database.beside(folder / manifest.database.path, manifest.database_facts, purpose="check") as beside:
        verify_rows(beside.url, manifest)


def verify_files(folder: Path, manifest: Manifest, *, is_read: bool) -> None:
    """Compare every file of a backup with its manifest, and read the dump; `is_read`: read the others too."""
    _verify(folder, manifest, manifest.files, is_read=is_read)


def _verify(folder: Path, manifest: Manifest, files: Iterable[BackedUpFile], *, is_read: bool) -> None:
    for file in (manifest.database, *files):
        path = f"{folder}/{manifest.place(file)}"
        if why := _difference(path, file, is_read=is_read or file is manifest.database):
            raise RuleError(f"The backup is damaged: {path} {why}.")


def verify_rows(url: str, manifest: Manifest) -> None:
    """Compare a restored database with the manifest."""
    with open_engine(url) as engine, engine.connect() as connection:
        found = n_rows(connection)
        if (found, revision(connection)) != (manifest.n_rows, manifest.revision):
            expected = manifest.n_rows
            differing = sorted(name for name in found | expected if found.get(name) != expected.get(name))
            raise RuleError(
                "The restored database differs from the one that was dumped: "
                f"tables {', '.join(differing) or 'none'}, revision {revision(connection)} for {manifest.revision}."
            )
        there = {file.path for file in manifest.files} | set(manifest.missing)
        if lost := sorted({file.path for file in named_files(connection)} - there):
            raise RuleError(f"The backup lacks {len(lost)} files that its rows name, such as {lost[0]}.")


def _difference(path: str, file: BackedUpFile, *, is_read: bool) -> str:
    try:
        size_bytes = os.stat(path).st_size
    except FileNotFoundError:
        return "is not there"
    if size_bytes != file.size_bytes:
        return f"has {size_bytes:,} bytes instead of {file.size_bytes:,}"
    if is_read and sha256_of(path) != file.sha256:
        return "has other bytes than the manifest says"
    return ""
