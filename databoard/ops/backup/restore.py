"""Bring a backup back: files first, then the database in one step, so that the site is always the old or the new one.

Files are only added: the old database keeps all of its own, also when the restore is killed. What no row names
afterwards the trash removes later.
"""

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from databoard.errors import RuleError
from databoard.ops import schema
from databoard.ops.backup import manifest as manifests
from databoard.ops.backup.collecting import sha256_of
from databoard.ops.backup.databases import BackedUpDatabase, database_of
from databoard.ops.backup.make import make_locked
from databoard.ops.backup.manifest import BackedUpFile, Manifest
from databoard.ops.backup.settle import settle
from databoard.ops.backup.shelf import Shelf, sync_all_below
from databoard.ops.backup.verify import verify_files, verify_rows
from databoard.services.base import audit, trash, trash_hold
from databoard.services.base.database import open_engine, session_factory, transaction

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from config import Config

#: Changes a restored database before it takes the place of the old one.
Change = Callable[["Session", datetime], None]


@dataclass(frozen=True)
class RestorePlan:
    """What a restore would do.

    Attributes
    ----------
    path : Path
        The folder of the backup.
    confirmation : str
        What has to be typed: the name of the database that is replaced.
    is_replacing : bool
        Whether there is such a database now.
    """

    path: Path
    manifest: Manifest
    database: BackedUpDatabase
    confirmation: str
    is_replacing: bool


@dataclass(frozen=True)
class Restored:
    """What a restore did: the backup of what was there before, if any, and the numbers of files and jobs."""

    safety_backup: str | None
    n_copied: int
    n_jobs_queued: int


def plan(config: "Config", path: Path) -> RestorePlan:
    """Read a backup and return what restoring it would do; nothing is changed.

    Raises
    ------
    RuleError
        If it is damaged, of another kind of database, or of a later revision than this code.
    """
    manifest, database = manifests.read(path), database_of(config)
    if manifest.kind != database.kind:
        raise RuleError(
            f"Expected a backup of {database.kind}, the kind of database of DATABOARD_DB_URL, got {manifest.kind}."
        )
    if manifest.revision not in schema.revisions():
        raise RuleError(
            f"The backup was made by databoard {manifest.code_version} at revision {manifest.revision}, which this "
            "version does not know. Restore it with that version."
        )
    verify_files(path, manifest, is_read=False)
    return RestorePlan(path, manifest, database, database.name, database.is_there())


def restore(
    config: "Config",
    wanted: RestorePlan,
    *,
    now: datetime,
    is_forced: bool = False,
    is_backed_up_first: bool = True,
    is_linked: bool = False,
    change: Change | None = None,
) -> Restored:
    """Restore what `wanted` says.

    Parameters
    ----------
    is_forced : bool
        End the connections of other programs to a PostgreSQL database.
    is_backed_up_first : bool
        Back up what is there before it is replaced.
    is_linked : bool
        Link the files of the backup where that is possible: for a test site beside its backups.
    change : callable, optional
        Called with a session on the restored database before it is used.

    Raises
    ------
    RuleError
        If the backup is damaged or others use the database. The site is then as it was.
    """
    shelf = Shelf.of(config.home)
    with shelf.locked(), trash_hold.holding(config.home):
        manifest = wanted.manifest
        wanted.database.require_unused(is_forced=is_forced)
        verify_files(wanted.path, manifest, is_read=True)
        is_replacing = wanted.is_replacing and is_backed_up_first
        safety = make_locked(config, shelf, now=now).path.name if is_replacing else None
        dump = wanted.path / manifest.database.path
        with wanted.database.beside(dump, manifest.database_facts, purpose="restore") as beside:
            verify_rows(beside.url, manifest)
            schema.upgrade(beside.url)
            n_jobs = _change(beside.url, wanted, safety, now, change)
            if change:
                _forget_what_was_replaced(beside.url)
            n_copied = _bring_files(wanted.path, manifest, config.home, is_linked=is_linked)
            beside.take_over(is_forced=is_forced)
        trash.forget_owner(config.home / "trash")
    return Restored(safety, n_copied, n_jobs)


def _change(url: str, wanted: RestorePlan, safety: str | None, now: datetime, change: Change | None) -> int:
    """Make the restored database fit to be used, with the restore in its audit; return how many jobs wait again."""
    with open_engine(url) as engine, transaction(session_factory(engine)) as session:
        n_jobs = settle(session, now=now)
        detail = {"backup": wanted.path.name, "replaced": safety, "n_jobs": n_jobs}
        audit.record_on_database(session, wanted.confirmation, "restore", now=now, **detail)
        if change:
            change(session, now)
    return n_jobs


def _forget_what_was_replaced(url: str) -> None:
    """Write a SQLite file again: its free pages keep what was deleted or replaced, also before the backup."""
    with open_engine(url) as engine:
        if engine.dialect.name == "sqlite":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")


def _bring_files(source: Path, manifest: Manifest, home: Path, *, is_linked: bool) -> int:
    """Bring every file to its place below `home` unless it is there whole; return how many were brought."""
    wanted = [file for file in manifest.files if not _is_there(home / file.path, file)]
    for file in wanted:
        place = home / file.path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(source / manifest.place(file), place, is_linked=is_linked)
    sync_all_below(home)
    return len(wanted)


def _is_there(path: Path, file: BackedUpFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256


def _put(source: Path, place: Path, *, is_linked: bool) -> None:
    """Put a copy or a link in its place, whole or not at all."""
    draft = place.with_name(f".restoring-{secrets.token_hex(8)}")
    try:
        if not (is_linked and _link(source, draft)):
            shutil.copyfile(source, draft)
        os.replace(draft, place)
    finally:
        draft.unlink(missing_ok=True)


def _link(source: Path, place: Path) -> bool:
    try:
        os.link(source, place)
    except OSError:  # another disk, or one without links
        return False
    return True
