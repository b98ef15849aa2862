"""Whether a database can be brought to the newest revision while the release before still serves it; and do it.

On PostgreSQL the migration runs in a transaction that is rolled back, on SQLite on a copy of the file. Called by
`on_target`.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from databoard.errors import RuleError
from databoard.ops import guard, schema
from databoard.services.base.database import open_engine

if TYPE_CHECKING:
    from config import Config

#: What `migrate` calls a database without tables.
EMPTY = "empty"
#: A migration that waits longer for a table would make every page wait behind it.
LOCK_TIMEOUT_S = 5


@dataclass(frozen=True)
class MigrationCheck:
    """What a migration would do.

    Attributes
    ----------
    revision : str
        Of the database now; ``empty`` without tables.
    newest : str
        The newest one of this code.
    breaks : tuple of str
        What the release before could not bear; empty when all that is there stays.
    """

    revision: str
    newest: str
    breaks: tuple[str, ...] = ()


#: table -> column -> (type, may be empty, has a default)
Shape = dict[str, dict[str, tuple[str, bool, bool]]]


def only_head() -> str:
    """Return the newest revision.

    Raises
    ------
    RuleError
        If two migrations follow the same one.
    """
    heads = schema.scripts().get_heads()
    if len(heads) != 1:
        raise RuleError(
            f"Expected one newest revision in migrations/, got {', '.join(sorted(heads)) or 'none'}."
        )
    return heads[0]


def check(config: "Config") -> MigrationCheck:
    """Try the migration and keep nothing.

    Raises
    ------
    RuleError
        If it fails, or the database has a revision that this code does not know.
    """
    newest = only_head()
    with open_engine(config.db_url) as engine:
        guard.require_own_database(config, engine)
    there = revision_of(config)
    _known(there)
    if there == newest:
        return MigrationCheck(there, newest)
    try:
        with _scratch(config) as connection:
            before = _shape(connection)
            schema.upgrade_on(connection)
            after = _shape(connection)
    except SQLAlchemyError as error:
        raise RuleError(f"The migration to {newest} fails: {' '.join(str(error).split())}") from None
    return MigrationCheck(there, newest, tuple(breaks(before, after)))


def move(config: "Config", revision: str) -> str:
    """Bring the database up or back to `revision`; return what was done."""
    there = revision_of(config)
    order = _known(there), _known(revision)
    if there == revision:
        return f"The database is at {revision} already."
    if order[0] < order[1]:
        schema.upgrade(config.db_url, revision)
    else:
        schema.downgrade(config.db_url, "base" if revision == EMPTY else revision)
    return f"The database went from {there} to {revision}."


def revision_of(config: "Config") -> str:
    """Return the revision of the database, ``empty`` without one."""
    with open_engine(config.db_url) as engine:
        return schema.revision(engine) or EMPTY


def breaks(before: Shape, after: Shape) -> Iterator[str]:
    """Yield what code that knows the tables as `before` cannot bear in `after`."""
    for table, columns in before.items():
        if table not in after:
            yield f"table {table} is gone"
            continue
        for name, (kind, may_be_empty, _) in columns.items():
            if name not in after[table]:
                yield f"{table}.{name} is gone"
            elif after[table][name][0] != kind:
                yield f"{table}.{name} changes from {kind} to {after[table][name][0]}"
            elif may_be_empty and not after[table][name][1]:
                yield f"{table}.{name} may not be empty any more"
        for name in after[table].keys() - columns.keys():
            _, may_be_empty, has_default = after[table][name]
            if not (may_be_empty or has_default):
                yield f"{table}.{name} is new and has no default"


def _shape(connection: Connection) -> Shape:
    inspector = inspect(connection)
    return {
        table: {
            column["name"]: (str(column["type"]), bool(column["nullable"]), column.get("default") is not None)
            for column in inspector.get_columns(table)
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


@contextmanager
def _scratch(config: "Config") -> Iterator[Connection]:
    """Yield a connection to the real data whose changes are not kept."""
    if config.db_url.startswith("sqlite"):
        with tempfile.TemporaryDirectory(dir=config.home, prefix="migration-") as folder:
            copy = Path(folder) / "copy.db"
            _copy_sqlite(Path(config.db_url.removeprefix("sqlite:///")), copy)
            with open_engine(f"sqlite:///{copy}") as engine, engine.connect() as connection:
                yield connection
        return
    with open_engine(config.db_url) as engine, engine.connect() as connection:
        transaction = connection.begin()
        try:
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'"))
            yield connection
        finally:
            transaction.rollback()


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database while others write to it (SQLite's online backup)."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as copy:
        there.backup(copy)


def _known(revision: str) -> int:
    """Return the place of a revision in the order of migrations."""
    order = [EMPTY, *(script.revision for script in reversed(list(schema.scripts().walk_revisions())))]
    if revision not in order:
        raise RuleError(
            f"The database is at revision {revision}, which this release does not know: it was made by a later one. "
            "Publish a release that knows it."
        )
    return order.index(revision)
