"""Dump and restore a SQLite database by its online backup, which waits for no writer. Used by `databases`."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from databoard.errors import Conflict, RuleError
from databoard.ops.backup.shelf import sync_folder
from databoard.services.base.database import open_engine

#: So long a replacement waits for connections that are about to close.
_PATIENCE_S = 5.0


class SqliteDatabase:
    """A SQLite file.

    Parameters
    ----------
    url : str
    """

    kind, dump_name = "sqlite", "database.db"

    def __init__(self, url: str) -> None:
        self.path = Path(make_url(url).database or "").resolve()
        self.name = self.path.name

    def is_there(self) -> bool:
        if not self.path.is_file():
            return False
        try:
            with open_engine(f"sqlite:///{self.path}") as engine:
                return bool(inspect(engine).get_table_names())
        except DatabaseError:  # damaged: there is something to lose
            return True

    def require_unused(self, *, is_forced: bool) -> None:
        with _held_alone(self.path):
            pass

    def facts(self) -> dict[str, str]:
        return {}

    @contextmanager
    def dumped(self, path: Path) -> Iterator[Connection]:
        source = sqlite3.connect(f"{self.path.as_uri()}?mode=rw", uri=True, timeout=30)
        with closing(source), closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
        with reading(path) as connection:
            yield connection

    @contextmanager
    def beside(self, dump: Path | None, facts: dict[str, str], *, purpose: str) -> Iterator["BesideSqlite"]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        path = self.path.with_name(f".{self.name}.{purpose}")
        _remove(path)
        try:
            if dump:
                shutil.copyfile(dump, path)
                _require_whole(path)
            yield BesideSqlite(path, self.path)
        finally:
            _remove(path)


class BesideSqlite:
    """A restored file beside that of the server."""

    def __init__(self, path: Path, place: Path) -> None:
        self.url, self._path, self._place = f"sqlite:///{path}", path, place

    def take_over(self, *, is_forced: bool) -> None:
        with closing(sqlite3.connect(self._path)) as own:
            own.execute("PRAGMA journal_mode = DELETE")
        with open(self._path, "rb+") as file:
            os.fsync(file.fileno())
        with _held_alone(self._place):
            # Without a log of the old file, which SQLite would apply to the new one.
            _remove_logs(self._place)
            os.replace(self._path, self._place)
        sync_folder(self._place.parent)


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """Yield a connection to a file that does not change; it leaves no log beside it."""
    with (
        open_engine(f"sqlite:///file:{path}?immutable=1&mode=ro&uri=true") as engine,
        engine.connect() as connection,
    ):
        yield connection


@contextmanager
def _held_alone(path: Path) -> Iterator[None]:
    """Be the only process that has the database open.

    Leaving the write-ahead log is possible only then: every open connection holds a shared lock.
    """
    if not path.exists():
        yield
        return
    with closing(sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Conflict(
                f"Expected that no program uses {path}, but one does ({error}). Stop fab serve and every worker, "
                "then try again. Nothing was changed."
            ) from None
        except sqlite3.DatabaseError:  # it is damaged: no program can use it
            pass
        yield


def _require_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        try:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise RuleError(f"The dump is damaged: {found}.")


def _remove(path: Path) -> None:
    _remove_logs(path)
    path.unlink(missing_ok=True)


def _remove_logs(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{path}{suffix}")
