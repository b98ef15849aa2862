"""Engines and sessions, the same for web, worker and command line. Called by `app`, `worker` and `ops`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CursorResult,
    Delete,
    Engine,
    ExceptionContext,
    Update,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from databoard.models import Base
from databoard.services.base import connections, slow_queries

if TYPE_CHECKING:
    from config import Config

#: What Flask-SQLAlchemy and Alembic know the tables by.
metadata = Base.metadata

SQLITE_BUSY_TIMEOUT_MS = 30_000


@dataclass(frozen=True)
class Database:
    """A database while it is open: its engine, and what makes sessions."""

    engine: Engine
    sessions: sessionmaker[Session]


@contextmanager
def open_database(config: "Config", *, may_make_file: bool = True) -> Iterator[Database]:
    """Yield the database of `config`; its connections are closed however the block ends."""
    with open_engine(config.db_url, is_perf=config.is_db_perf, may_make_file=may_make_file) as engine:
        yield Database(engine, session_factory(engine))


@contextmanager
def open_engine(url: str, *, is_perf: bool = False, may_make_file: bool = True) -> Iterator[Engine]:
    """Yield an engine for `url`, for callers without settings; its connections are closed however the block ends."""
    engine = make_engine(url, is_perf=is_perf, may_make_file=may_make_file)
    try:
        yield engine
    finally:
        engine.dispose()


def prepare_engine(engine: Engine, *, is_perf: bool = False, may_make_file: bool = False) -> Engine:
    """Give `engine` what every connection of databoard needs: on SQLite the pragmas, with `is_perf` slow-query logs.

    Only with `may_make_file` its first connection makes a SQLite file that is not there. WAL lets readers go on while
    one connection writes; the busy timeout makes writers wait for each other. Values of rows, such as password hashes
    and session keys, never reach a log.
    """
    engine.hide_parameters = True
    event.listen(engine, "handle_error", _hide_values)
    event.listen(engine, "handle_error", _name_lost_connection, retval=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_pragmas)
        connections.watch_file(engine, may_make=may_make_file)
    else:
        connections.watch_server(engine)
    if is_perf:
        slow_queries.watch(engine)
    return engine


def make_engine(url: str, *, is_perf: bool = False, may_make_file: bool = True) -> Engine:
    """Return an engine for `url`; the folder of a SQLite file is made."""
    database = make_url(url).database
    if url.startswith("sqlite") and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    return prepare_engine(
        create_engine(url, **engine_options(url)), is_perf=is_perf, may_make_file=may_make_file
    )


def engine_options(url: str, *, connect_s: int = connections.CONNECT_S) -> dict[str, Any]:
    """Return the options of every engine for `url`; Flask's engine is made with them too.

    On PostgreSQL each connection is checked before it is used again. After a restart of the database the pool holds
    dead connections, and each of them would cost one request. A new one is waited for `connect_s` seconds.
    """
    if url.startswith("sqlite"):
        return {}
    return {"pool_pre_ping": True, "connect_args": connections.limits(url, connect_s=connect_s)}


def session_factory(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(factory: sessionmaker[Session]) -> Iterator[Session]:
    """Yield a session; commit when the block ends well, roll back when it raises."""
    with factory() as session, session.begin():
        yield session


def begin_writing(session: Session) -> None:
    """Take SQLite's write lock now, before reading what the write depends on; does nothing on PostgreSQL.

    Without it two SQLite transactions may both read "the name is free". Rows loaded earlier may be stale: refresh
    what the decision rests on.
    """
    if session.get_bind().dialect.name == "sqlite":
        connection = session.connection()
        dbapi_connection = connection.connection.dbapi_connection
        if dbapi_connection is not None and not dbapi_connection.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def n_changed(session: Session, statement: Update | Delete) -> int:
    """Send a statement that changes rows in the database only; return how many it changed."""
    result = session.execute(statement)
    if not isinstance(result, CursorResult):
        raise TypeError(f"Expected a statement that tells how many rows it changed, got {statement}.")
    return result.rowcount


def take_turn(session: Session, number: int) -> None:
    """Take the lock called `number` as soon as no other transaction has it, and hold it until this one ends.

    For decisions that rest on more rows than one can lock. On SQLite writers take turns anyway.
    """
    begin_writing(session)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(number)))


def may_pass(error: OperationalError) -> bool:
    """Return whether the same request may succeed later, because the database is busy, full or out of reach.

    SQLite reports a missing table or column as an `OperationalError` too; waiting does not help there.
    """
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & 0xFF != sqlite3.SQLITE_ERROR


def _set_sqlite_pragmas(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _hide_values(context: ExceptionContext) -> None:
    """Keep of the database's error the first line: the others quote values, such as the failing row.

    PostgreSQL labels those lines in its own language, so that they cannot be told apart. What it says about a
    connection that it refuses quotes no values and is kept whole.
    """
    if context.connection is None or context.sqlalchemy_exception is None:
        return
    for error in (context.original_exception, context.sqlalchemy_exception):
        error.args = (str(error.args[0]).partition("\n")[0] if error.args else "", *error.args[1:])


def _name_lost_connection(context: ExceptionContext) -> OperationalError | None:
    """Return an OperationalError for a lost connection: psycopg2 calls it DatabaseError or InterfaceError, too.

    Callers that wait for the database to come back catch OperationalError only.
    """
    error = context.sqlalchemy_exception
    if (
        not isinstance(error, DBAPIError)
        or error.orig is None
        or not context.is_disconnect
        or isinstance(error, OperationalError)
    ):
        return None
    return OperationalError(
        error.statement, error.params, error.orig, hide_parameters=True, connection_invalidated=True
    )
