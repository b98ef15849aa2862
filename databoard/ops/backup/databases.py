"""What a backup needs of a database, the same for both kinds. Used by `ops.backup.make` and `ops.backup.restore`."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection

from databoard.ops.backup.postgresql import PostgresDatabase
from databoard.ops.backup.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from config import Config


class Beside(Protocol):
    """A restored database that nobody uses yet."""

    url: str

    def take_over(self, *, is_forced: bool) -> None:
        """Put it in the place of the database that it lies beside, in one step.

        Raises
        ------
        RuleError
            If others use that database. With `is_forced` their connections are ended where that is possible.
        """


class BackedUpDatabase(Protocol):
    """A database that can be dumped and restored."""

    kind: str
    #: What it is called, and what a person types to confirm that it is replaced.
    name: str
    #: The file of its dump in a backup.
    dump_name: str

    def is_there(self) -> bool:
        """Return whether it exists and has tables."""

    def require_unused(self, *, is_forced: bool) -> None:
        """Refuse early what :meth:`Beside.take_over` would refuse after all the work."""

    def facts(self) -> dict[str, str]:
        """Return what a new database of the same kind needs."""

    def dumped(self, path: Path) -> AbstractContextManager[Connection]:
        """Write a dump to `path` and yield a connection that sees exactly what is in it."""

    def beside(
        self, dump: Path | None, facts: dict[str, str], *, purpose: str
    ) -> AbstractContextManager[Beside]:
        """Yield a database restored from `dump`, or an empty one; it is gone after the block unless it took over."""


def database_of(config: "Config") -> BackedUpDatabase:
    """Return the database that `config` names."""
    if config.db_url.startswith("sqlite"):
        return SqliteDatabase(config.db_url)
    return PostgresDatabase(config.db_url, config.pg_bin)
