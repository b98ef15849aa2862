"""Read and change the database by hand: one statement, the database's own shell, or a Python shell. For fab tasks.

Reading is the default, and the database itself refuses to change anything then. Every change is named in the audit.
"""

import code
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from databoard.errors import RuleError
from databoard.ops.backup.databases import database_of
from databoard.services.base import audit
from databoard.services.base.database import open_engine, session_factory, transaction

if TYPE_CHECKING:
    from config import Config

#: The audit keeps so much of a statement.
MAX_STATEMENT = 500
#: A result of more rows is cut.
MAX_ROWS = 10_000


@dataclass(frozen=True)
class Answer:
    """What a statement returned; `columns` is empty when it returns no rows, `n_changed` then counts them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    n_changed: int
    is_cut: bool = False


def require_confirmed(config: "Config", write: str) -> bool:
    """Return whether changes are wanted.

    Raises
    ------
    RuleError
        If what was typed is not the name of the database.
    """
    name = database_of(config).name
    if write and write != name:
        raise RuleError(
            f"Expected write={name}, the name of the database, got write={write}. Nothing was done."
        )
    return bool(write)


def run(config: "Config", statement: str, *, may_write: bool, now: datetime) -> Answer:
    """Run one statement and return its rows; without `may_write` the database refuses to change anything.

    Raises
    ------
    RuleError
        With what the database said.
    """
    with open_engine(config.db_url) as engine:
        if may_write:
            note(config, "sql", now=now, statement=statement[:MAX_STATEMENT])
        try:
            with engine.connect() as connection:
                _forbid_writing(connection, is_forbidden=not may_write)
                try:
                    return _answer(connection, statement, may_write=may_write)
                finally:
                    connection.invalidate()  # no other user of the pool gets a connection that only reads
        except DBAPIError as error:
            raise RuleError(f"The database refused: {' '.join(str(error.orig).split())}") from None


def _answer(connection: Connection, statement: str, *, may_write: bool) -> Answer:
    result = connection.execute(text(statement.replace(":", r"\:")))
    if not result.returns_rows:
        n_changed = result.rowcount
        if may_write:
            connection.commit()
        return Answer((), (), n_changed)
    rows = tuple(tuple(row) for row in result.fetchmany(MAX_ROWS + 1))
    answer = Answer(tuple(result.keys()), rows[:MAX_ROWS], 0, len(rows) > MAX_ROWS)
    if may_write:
        connection.commit()
    return answer


def _forbid_writing(connection: Connection, *, is_forbidden: bool) -> None:
    if not is_forbidden:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    else:
        connection.exec_driver_sql("SET default_transaction_read_only = on")
    connection.commit()


def shell_command(config: "Config", *, may_write: bool) -> tuple[Sequence[str], dict[str, str]]:
    """Return the command of the database's own shell, and its environment; the password is only in the latter.

    Raises
    ------
    RuleError
        If the shell is not installed, with the command that installs it.
    """
    url = make_url(config.db_url)
    return (
        _sqlite_shell(url, may_write)
        if url.drivername.startswith("sqlite")
        else _psql(config, url, may_write)
    )


def _sqlite_shell(url: URL, may_write: bool) -> tuple[Sequence[str], dict[str, str]]:
    program = _program("sqlite3", None, "sqlite3")
    return [program, *([] if may_write else ["-readonly"]), "-header", "-column", str(url.database)], {}


def _psql(config: "Config", url: URL, may_write: bool) -> tuple[Sequence[str], dict[str, str]]:
    environ = {"PGOPTIONS": "" if may_write else "-c default_transaction_read_only=on"}
    if url.password:
        environ["PGPASSWORD"] = url.password
    hosts = url.query.get("host", url.host or "")
    words = {
        "--host": hosts if isinstance(hosts, str) else hosts[0],
        "--port": url.port,
        "--username": url.username,
    }
    flags = [f"{name}={value}" for name, value in words.items() if value]
    program = _program("psql", config.pg_bin, "postgresql-client")
    return [program, "--no-password", *flags, f"--dbname={url.database}"], environ


def _program(name: str, folder: Path | None, package: str) -> str:
    found = shutil.which(name, path=str(folder) if folder else None) or shutil.which(name)
    if found is None:
        raise RuleError(
            f"Expected the program {name}, which is not installed. On Debian: sudo apt-get install -y {package}. "
            "A single statement needs no shell: give it to fab sql."
        )
    return found


def replace_by(command: Sequence[str], environ: dict[str, str]) -> None:
    """Let this process become the shell."""
    os.execvpe(command[0], list(command), {**os.environ, **environ})  # noqa: S606 (a fixed program)


def python_shell(config: "Config", *, now: datetime) -> None:
    """Open a Python shell with the models and a session; what it should keep needs ``session.commit()``."""
    from databoard import models

    note(config, "shell", now=now)
    names = {name: getattr(models, name) for name in models.__all__}
    with open_engine(config.db_url) as engine, session_factory(engine)() as session:
        banner = (
            f"Databoard on {database_of(config).name}: models, `session`, `config`. Commit what shall stay."
        )
        code.interact(banner=banner, local={**names, "session": session, "config": config}, exitmsg="")


def note(config: "Config", action: str, *, now: datetime, **detail: object) -> None:
    """Write into the audit that somebody changes the database by hand."""
    with open_engine(config.db_url) as engine, transaction(session_factory(engine)) as session:
        audit.record_on_database(session, database_of(config).name, action, now=now, **detail)
