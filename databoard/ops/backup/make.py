"""Make a backup while the server runs: dump the database, then collect the files that its rows name.

Files follow rows: they are written before a row names them and removed long after. So all that the dump names is on
disk when it is made, and the lock on the trash keeps it there until it is copied.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import databoard
from databoard.errors import Conflict, RuleError
from databoard.ops import schema
from databoard.ops.backup import manifest as manifests
from databoard.ops.backup.collecting import Collected, Previous, collect, sha256_of
from databoard.ops.backup.databases import BackedUpDatabase, database_of
from databoard.ops.backup.manifest import BackedUpFile, Manifest
from databoard.ops.backup.named_files import n_rows, named_files, revision
from databoard.ops.backup.retention import RetentionRules, kept
from databoard.ops.backup.shelf import MAKING, Shelf, sync_all_below, sync_folder, time_of
from databoard.ops.backup.verify import verify
from databoard.services.base import audit, trash_hold
from databoard.services.base.database import Database, open_database, transaction
from databoard.services.base.files import FileStore

if TYPE_CHECKING:
    from config import Config


@dataclass(frozen=True)
class MadeBackup:
    """A backup that was made, and how.

    Attributes
    ----------
    removed : tuple of str
        Names of the backups that the rules of retention removed.
    """

    path: Path
    manifest: Manifest
    n_copied: int
    healed: tuple[str, ...]
    removed: tuple[str, ...]
    duration_s: float


def make(config: "Config", *, now: datetime) -> MadeBackup:
    """Make a backup in ``DATABOARD_HOME/backups``, verify it, and remove the ones that have had their time.

    Raises
    ------
    Conflict
        If another process makes one at this moment.
    RuleError
        If it could not be made or is not whole. Nothing of it stays then, and earlier backups are as they were.
    """
    shelf = Shelf.of(config.home)
    with _saying_what_failed(shelf), shelf.locked():
        made = make_locked(config, shelf, now=now)
        removed = prune(shelf, rules_of(config), now=now)
    with open_database(config) as database:
        _record(database, made, now)
    return MadeBackup(**{**vars(made), "removed": tuple(removed)})


def make_locked(config: "Config", shelf: Shelf, *, now: datetime) -> MadeBackup:
    """Make a backup; the caller holds the lock of the shelf. See :func:`make`."""
    started_s = time.monotonic()
    database, name = database_of(config), shelf.free_name(now)
    if not database.is_there():
        raise RuleError(f"Expected a database with tables, got none called {database.name}.")
    with _draft(shelf.folder / f"{MAKING}{name}") as draft:
        manifest, collected = _fill(draft, config, database, _previous(shelf), now)
        verify(draft, manifest, database, copied=collected.copied)
        manifests.write(manifest, draft)
        sync_all_below(draft)
        draft.rename(shelf.folder / name)
    sync_folder(shelf.folder)
    duration_s = time.monotonic() - started_s
    healed = tuple(collected.healed)
    return MadeBackup(shelf.folder / name, manifest, len(collected.copied), healed, (), duration_s)


def prune(shelf: Shelf, rules: RetentionRules, *, now: datetime) -> list[str]:
    """Remove the backups that `rules` do not keep; return their names."""
    names = {time_of(name): name for name in shelf.names()}
    stay = kept(names, rules, now=now)
    removed = [name for made_at, name in names.items() if made_at not in stay]
    shelf.remove(removed)
    return removed


def rules_of(config: "Config") -> RetentionRules:
    """Return the rules of retention that the settings give."""
    return RetentionRules(
        config.backup_all_h, config.backup_daily, config.backup_weekly, config.backup_monthly
    )


def back_up_first(config: "Config", *, now: datetime) -> str | None:
    """In production make a backup before something is destroyed; return its name.

    None means that there was nothing to do: it is no production, or it has no database yet.
    """
    if not config.is_production or not database_of(config).is_there():
        return None
    return make(config, now=now).path.name


def _record(database: Database, made: MadeBackup, now: datetime) -> None:
    """Write the backup into the audit. A database that waits for an upgrade may have none."""
    if schema.revision(database.engine) != schema.head():
        return
    files = made.manifest.files
    detail = {"backup": made.path.name, "n_files": len(files), "n_missing": len(made.manifest.missing)}
    with transaction(database.sessions) as session:
        audit.record_on_database(session, made.manifest.database_name, "backup", now=now, **detail)


def _fill(
    draft: Path, config: "Config", database: BackedUpDatabase, previous: "_Counted", now: datetime
) -> tuple[Manifest, Collected]:
    """Dump and collect into `draft`."""
    dump = draft / database.dump_name
    with trash_hold.holding(config.home):
        FileStore(config.home, config.problems).put_back_contents()
        with database.dumped(dump) as connection:
            rows, schema, named = n_rows(connection), revision(connection), named_files(connection)
        collected = collect(
            named, home=config.home, into=draft, previous=previous.backup, number=previous.number
        )
    manifest = Manifest(
        made_at=now,
        number=previous.number,
        code_version=databoard.__version__,
        kind=database.kind,
        database_name=database.name,
        database=BackedUpFile(dump.name, dump.stat().st_size, sha256_of(dump)),
        revision=schema,
        n_rows=rows,
        files=tuple(collected.files),
        missing=tuple(collected.missing),
        database_facts=database.facts(),
    )
    return manifest, collected


@dataclass(frozen=True)
class _Counted:
    """The previous backup, if its manifest can be read, and the number of the next one."""

    backup: Previous | None
    number: int


def _previous(shelf: Shelf) -> _Counted:
    for name in reversed(shelf.names()):
        try:
            manifest = manifests.read(shelf.folder / name)
        except RuleError:
            continue  # damaged: an older one may serve
        files = {file.path: file for file in manifest.files}
        return _Counted(Previous(shelf.folder / name, manifest, files), manifest.number + 1)
    return _Counted(None, 0)


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Make a folder; remove it with all that is in it unless the block renames it."""
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _saying_what_failed(shelf: Shelf) -> Iterator[None]:
    try:
        yield
    except Conflict:  # another process makes one
        raise
    except (OSError, sqlite3.Error, RuleError) as error:
        raise RuleError(
            f"No backup was made. {_reason(error)}. Earlier backups ({len(shelf.names())}) are as they were."
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error).rstrip(".")
