"""Dump and restore a PostgreSQL database by pg_dump and pg_restore. Used by `databases`.

The rows that name files are read in the snapshot that pg_dump uses, so the list fits the dump. A restore goes into a
new database beside the old one; two renames in one transaction swap them.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError

from databoard.errors import Conflict, RuleError
from databoard.ops.backup.postgresql_clients import find_client
from databoard.services.base.database import open_engine

#: Where one connects to create and rename databases.
_MAINTENANCE = "postgres"
#: PostgreSQL cuts longer names.
_MAX_NAME = 63
_FACTS = text(
    "SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype "
    "FROM pg_database WHERE datname = :name"
)
#: A connection that is being closed may be seen for so long.
_ENDING_S = 3.0
_HOLDERS = text(
    "SELECT DISTINCT coalesce(nullif(application_name, ''), 'a program') FROM pg_stat_activity "
    "WHERE datname = :name AND backend_type = 'client backend'"
)
_END = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")


class PostgresDatabase:
    """A database of a PostgreSQL server.

    Parameters
    ----------
    url : str
    pg_bin : Path or None
        Where the client programs are; None looks in the usual places.
    """

    kind, dump_name = "postgresql", "database.dump"

    def __init__(self, url: str, pg_bin: Path | None = None) -> None:
        self.url, self._pg_bin = make_url(url), pg_bin
        self.name = self.url.database or ""

    def is_there(self) -> bool:
        if not self.facts():
            return False
        with open_engine(_text(self.url)) as engine:
            return bool(inspect(engine).get_table_names())

    def require_unused(self, *, is_forced: bool) -> None:
        if not is_forced:
            with self.maintenance() as connection:
                _refuse_holders(connection, self.name)

    def facts(self) -> dict[str, str]:
        with self.maintenance() as connection:
            row = connection.execute(_FACTS, {"name": self.name}).mappings().one_or_none()
        return dict(row) if row else {}

    @contextmanager
    def dumped(self, path: Path) -> Iterator[Connection]:
        with open_engine(_text(self.url)) as engine:
            reader = engine.execution_options(isolation_level="REPEATABLE READ")
            with reader.connect() as connection:
                snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
                self._run(
                    "pg_dump",
                    connection,
                    "--format=custom",
                    f"--snapshot={snapshot}",
                    f"--file={path}",
                    database=self.url,
                )
                yield connection

    @contextmanager
    def beside(self, dump: Path | None, facts: dict[str, str], *, purpose: str) -> Iterator["BesidePostgres"]:
        beside = BesidePostgres(self, _beside_name(self.name, purpose))
        with self.maintenance() as connection:
            _create(connection, beside.name, self.facts() or facts)
            try:
                if dump:
                    restoring = ("--exit-on-error", "--no-owner", "--no-privileges", str(dump))
                    self._run("pg_restore", connection, *restoring, database=beside.own_url)
                yield beside
            finally:
                connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(beside.name)}"))

    @contextmanager
    def maintenance(self, isolation_level: str = "AUTOCOMMIT") -> Iterator[Connection]:
        """Yield a connection beside all databases of the server."""
        url = _text(self.url.set(database=_MAINTENANCE))
        with (
            open_engine(url) as engine,
            engine.execution_options(isolation_level=isolation_level).connect() as connection,
        ):
            yield connection

    def _run(self, program: str, connection: Connection, *options: str, database: URL) -> None:
        """Run a client program of the server's version; the password goes by its environment.

        Raises
        ------
        RuleError
            With the last line that it said.
        """
        info = connection.connection.dbapi_connection.info  # type: ignore[union-attr]
        path = find_client(program, info.server_version // 10_000, self._pg_bin)
        address, password = _without_password(database)
        target = [f"--dbname={address}"]
        done = subprocess.run(
            [str(path), *target, "--no-password", *options],
            env={**os.environ, **({"PGPASSWORD": password} if password else {})},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"]
            raise RuleError(f"{program} failed: {said[-1].removeprefix(f'{program}: ')}")


class BesidePostgres:
    """A restored database beside that of the server."""

    def __init__(self, database: PostgresDatabase, name: str) -> None:
        self._database, self.name = database, name
        self.own_url = database.url.set(database=name)
        self.url = _text(self.own_url)

    def take_over(self, *, is_forced: bool) -> None:
        place, aside = self._database.name, _beside_name(self._database.name, "replaced")
        with self._database.maintenance() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(aside)}"))
            is_there = bool(self._database.facts())
        with self._database.maintenance("READ COMMITTED") as connection, connection.begin():
            if is_there:
                if not is_forced:
                    _refuse_holders(connection, place)
                connection.execute(_END, {"name": place})
                _rename(connection, place, aside)
            _rename(connection, self.name, place)
        if is_there:
            with self._database.maintenance() as connection:
                connection.execute(text(f"DROP DATABASE {_quoted(aside)}"))


def _create(connection: Connection, name: str, facts: dict[str, str]) -> None:
    """Create an empty database as `facts` describe; one that a killed process left goes first."""
    words = "".join(
        f" {word} {_literal(facts[key])}"
        for key, word in {"encoding": "ENCODING", "collate": "LC_COLLATE", "ctype": "LC_CTYPE"}.items()
        if key in facts
    )
    try:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {_quoted(name)} TEMPLATE template0{words}"))
        connection.execute(text(f"REVOKE ALL ON DATABASE {_quoted(name)} FROM PUBLIC"))
    except ProgrammingError as error:
        role = connection.engine.url.username
        raise RuleError(
            f"A backup is checked, and restored, in a database of its own: {error.orig}. "
            f"Allow it once, as the administrator of PostgreSQL: ALTER ROLE {role} CREATEDB"
        ) from None


def _refuse_holders(connection: Connection, name: str) -> None:
    until_s = time.monotonic() + _ENDING_S
    while holders := sorted(connection.scalars(_HOLDERS, {"name": name})):
        if time.monotonic() < until_s:  # a program that just ended leaves its connection for a moment
            time.sleep(0.1)
            continue
        raise Conflict(
            f"Expected that no program uses the database {name}, but some do: {', '.join(holders)}. "
            "Stop fab serve and every worker, or end their connections with force=True. Nothing was changed."
        )


def _rename(connection: Connection, old: str, new: str) -> None:
    try:
        connection.execute(text(f"ALTER DATABASE {_quoted(old)} RENAME TO {_quoted(new)}"))
    except OperationalError as error:
        raise Conflict(f"{' '.join(str(error.orig).split())} Nothing was changed. Try again.") from None


def _beside_name(name: str, purpose: str) -> str:
    return f"{name[: _MAX_NAME - len(purpose) - 1]}_{purpose}"


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _literal(value: str) -> str:
    return "'{}'".format(value.replace("'", "''"))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _without_password(url: URL) -> tuple[str, str]:
    """Return an address for a command line, which every user of the machine can read, and the password."""
    query = dict(url.query)
    in_query = query.pop("password", "")
    password = url.password or (in_query if isinstance(in_query, str) else "")
    # An empty password is one to SQLAlchemy, and a colon too many to libpq.
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string(hide_password=False), str(password)
