"""How connections are opened, and when a server is said to be away. Called by `database`.

A PostgreSQL that answers nothing must not hold up every request for a minute, and the file of SQLite must not be made
again, empty, after it was moved away.
"""

import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

#: A page waits so long for PostgreSQL to take a connection; a worker and a command have more time.
WEB_CONNECT_S, CONNECT_S = 1, 10
#: After an attempt that timed out, this process makes no other for so long: each would hold up a request.
REST_S = 2.0


def limits(url: str, *, connect_s: int = CONNECT_S) -> dict[str, Any]:
    """Return what libpq is given for `url`, as far as `url` itself does not say it; nothing for SQLite.

    A packet that nobody acknowledges ends a connection after `connect_s` too (tcp(7), TCP_USER_TIMEOUT). A statement
    that takes long does not: the server acknowledges it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return {}
    wanted = {"connect_timeout": connect_s, "tcp_user_timeout": connect_s * 1000}
    return {name: value for name, value in wanted.items() if name not in parsed.query}


def watch_server(engine: Engine) -> None:
    """Let attempts to connect fail at once for a while after one that timed out."""
    rest = _Rest()
    event.listen(engine, "do_connect", rest.refuse_or_begin)
    event.listen(engine, "connect", rest.note_success)
    event.listen(engine, "handle_error", rest.note_failure)


class _Rest:
    """The pause after an attempt to connect that timed out; the threads of a process share it."""

    def __init__(self) -> None:
        self._until_s, self._words = 0.0, ""
        self._of_thread = threading.local()  # when it began to connect

    def refuse_or_begin(
        self, dialect: Dialect, record: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
    ) -> None:
        """Raise what the last attempt raised if that was a moment ago; else let the engine connect."""
        self._of_thread.started_s = None
        if time.monotonic() < self._until_s:
            raise dialect.loaded_dbapi.OperationalError(self._words)
        self._of_thread.started_s = time.monotonic()

    def note_success(self, connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        """Note that no attempt of this thread is under way: what fails later, such as a ping, is none."""
        self._of_thread.started_s = None

    def note_failure(self, context: ExceptionContext) -> None:
        """Begin a pause when an attempt took long; a refusal is quick, and may be over at once."""
        started_s = getattr(self._of_thread, "started_s", None)
        if context.connection is None and started_s and time.monotonic() - started_s >= WEB_CONNECT_S:
            self._words = str(context.original_exception)
            self._until_s = time.monotonic() + REST_S


def watch_file(engine: Engine, *, may_make: bool) -> None:
    """Let a SQLite file that is gone be an outage, and one that was replaced be opened again.

    Parameters
    ----------
    engine : Engine
    may_make : bool
        Whether the first connection may make the file. Later ones never do.
    """
    may_make_now = may_make

    def refuse_missing(
        dialect: Dialect, record: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
    ) -> None:
        nonlocal may_make_now
        if not may_make_now and arguments[0] != ":memory:" and not Path(arguments[0]).exists():
            raise sqlite3.OperationalError("the file of the database is not there")
        may_make_now = False

    event.listen(engine, "do_connect", refuse_missing)
    event.listen(engine, "connect", _remember_file)
    event.listen(engine, "checkout", _refuse_other_file)


def _remember_file(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA database_list")
    path = cursor.fetchall()[0][2]
    cursor.close()
    record.info["file"] = (path, _identity(path))


def _refuse_other_file(
    connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
) -> None:
    """Open the database again when its file is not the one that was opened: it was restored, or moved away."""
    path, identity = record.info["file"]
    if path and _identity(path) != identity:
        raise InvalidatePoolError("the file of the database was replaced")


def _identity(path: str) -> tuple[int, int] | None:
    """Return device and number of a file; None when it is not there."""
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
