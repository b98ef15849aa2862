"""Make the site an empty one again: its database new, its files gone. Called by ``fab reset``.

What is there is backed up first, everywhere. The new database is made beside the old one and takes its place in one
step, so a process that is killed leaves the old site or the new one. Files that no row names then are removed last.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from databoard.errors import RuleError
from databoard.ops import guard, schema
from databoard.ops.backup.databases import BackedUpDatabase, database_of
from databoard.ops.backup.make import make_locked
from databoard.ops.backup.named_files import n_rows
from databoard.ops.backup.shelf import Shelf
from databoard.services.base import audit
from databoard.services.base.database import open_engine, session_factory, transaction

if TYPE_CHECKING:
    from config import Config

#: What DATABOARD_HOME holds of the old site. Backups, logs, environments of kits and the secret key stay.
EMPTIED = ("submissions", "predictions", "trash", "cache", "demo_logins.txt", "load_users.csv", guard.MARK)
PRODUCTION = "production"


@dataclass(frozen=True)
class ResetPlan:
    """What a reset would remove.

    Attributes
    ----------
    confirmation : str
        What has to be typed: the name of the database.
    n_rows : dict of str to int
        Rows by table; empty where there is no database.
    size_bytes : dict of str to int
        By what is emptied below DATABOARD_HOME.
    """

    database: BackedUpDatabase
    confirmation: str
    n_rows: dict[str, int]
    size_bytes: dict[str, int]


@dataclass(frozen=True)
class Reset:
    """What a reset did: the backup of what was there, if anything was, and how many bytes of files went."""

    safety_backup: str | None
    n_bytes: int


def plan(config: "Config") -> ResetPlan:
    """Return what a reset would remove; nothing is changed."""
    database, rows = database_of(config), {}
    if database.is_there():
        with open_engine(config.db_url) as engine, engine.connect() as connection:
            rows = n_rows(connection)
    there = {name: config.home / name for name in EMPTIED if (config.home / name).exists()}
    sizes = {name: _size_bytes(path) for name, path in there.items()}
    return ResetPlan(database, database.name, rows, sizes)


def require_allowed(config: "Config", force: str) -> None:
    """Refuse production unless its name is typed.

    Raises
    ------
    RuleError
        With what to type, or because `force` is another word.
    """
    if force not in {"", PRODUCTION}:
        raise RuleError(f"Expected force={PRODUCTION} or no force, got force={force}. Nothing was done.")
    if config.is_production and not force:
        raise RuleError(
            f"Expected a site that is not production. To empty this one all the same, add force={PRODUCTION}. "
            "Nothing was done."
        )


def reset(config: "Config", wanted: ResetPlan, *, now: datetime) -> Reset:
    """Back up, then put an empty database of this version in place of the old one, then remove its files.

    Raises
    ------
    RuleError
        If programs use the database, or it cannot be backed up. The site is then as it was.
    """
    shelf, database = Shelf.of(config.home), wanted.database
    with shelf.locked():
        database.require_unused(is_forced=False)
        safety = make_locked(config, shelf, now=now).path.name if wanted.n_rows else None
        with database.beside(None, {}, purpose="reset") as beside:
            schema.upgrade(beside.url)
            with open_engine(beside.url) as engine, transaction(session_factory(engine)) as session:
                detail = {"backup": safety, "n_rows": sum(wanted.n_rows.values())}
                audit.record_on_database(session, wanted.confirmation, "reset", now=now, **detail)
            beside.take_over(is_forced=False)
        n_bytes = sum(_remove(config.home / name) for name in EMPTIED)
    return Reset(safety, n_bytes)


def _remove(path: Path) -> int:
    """Remove a file or folder; return how many bytes it had."""
    size_bytes = _size_bytes(path)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    return size_bytes


def _size_bytes(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.exists() else 0
