"""Make the PostgreSQL database of a server and its user, and write its address into the file of settings.

Called by ``fab setup_postgres``. It may be called again: what is there stays.
"""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from databoard.errors import RuleError
from databoard.services.base.database import open_engine

VARIABLE = "DATABOARD_DB_URL"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
#: Runs one SQL statement as the administrator of the server and returns the cells of its first row.
Ask = Callable[[str], list[str]]


def set_up(*, database: str, user: str, admin: str, env_file: Path) -> list[str]:
    """Make user and database where they are missing; return what was done.

    Parameters
    ----------
    admin : str
        The address of an administrator of the server; empty means the user postgres of this machine, asked as root.
    env_file : Path
        Where the address with the new password is written.

    Raises
    ------
    RuleError
        If a name cannot be used, the server refuses, or the user is there and the file has no address of it.
    """
    for name in (database, user):
        if not _NAME.fullmatch(name):
            raise RuleError(f"Expected a name of small letters, digits and underscores, got {name!r}.")
    ask = _through_address(admin) if admin else _as_postgres()
    lines = []
    if ask(f"SELECT 1 FROM pg_roles WHERE rolname = '{user}'"):  # noqa: S608 (a checked name)
        lines.append(f"The user {user} is there.")
        _require_address(env_file, user)
    else:
        _make_user(ask, user, _address(admin, user=user, database=database), env_file)
        lines.append(f"Made the user {user}; its password stands in {env_file}.")
    if ask(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):  # noqa: S608 (a checked name)
        return [*lines, f"The database {database} is there."]
    ask(f"CREATE DATABASE {database} OWNER {user} ENCODING 'UTF8' TEMPLATE template0")
    ask(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    return [*lines, f"Made the database {database}. Its tables: python manage.py db upgrade"]


def write_setting(path: Path, variable: str, value: str) -> None:
    """Set one line of a file of settings, whole and closed to others."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if not re.match(rf"\s*{variable}\s*=", line)]
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join([*kept, f"{variable}={value}", ""]))
    if path.exists() and os.geteuid() == 0:
        os.chown(draft, path.stat().st_uid, path.stat().st_gid)
    draft.replace(path)


def _make_user(ask: Ask, user: str, address: URL, env_file: Path) -> None:
    password = secrets.token_urlsafe(24)
    # Written first: a password that nobody knows would be of no use.
    url = address.set(password=password).render_as_string(hide_password=False)
    write_setting(env_file, VARIABLE, url.replace("postgresql+psycopg2://", "postgresql://", 1))
    ask(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
    ask(f"ALTER ROLE {user} CREATEDB")  # a backup is checked, and restored, in a database of its own
    ask(f"ALTER ROLE {user} SET timezone TO 'UTC'")
    ask(f"ALTER ROLE {user} SET default_transaction_isolation TO 'read committed'")


def _require_address(env_file: Path, user: str) -> None:
    text_there = env_file.read_text(encoding="utf-8") if env_file.exists() else ""
    if not re.search(rf"^\s*{VARIABLE}\s*=\s*postgresql\S*//{user}[:@]", text_there, re.MULTILINE):
        raise RuleError(
            f"The user {user} is there, and {env_file} has no {VARIABLE} with it. Write that line, or set a new "
            f"password: ALTER ROLE {user} PASSWORD '…'"
        )


def _address(admin: str, *, user: str, database: str) -> URL:
    """Return the address of the new user, without a password: on the administrator's server, else on this machine."""
    there = make_url(admin) if admin else make_url("postgresql://localhost")
    return there.set(drivername="postgresql+psycopg2", username=user, password=None, database=database)


def _through_address(admin: str) -> Ask:
    url = make_url(admin).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)

    def ask(statement: str) -> list[str]:
        try:
            with open_engine(url) as engine, engine.connect() as connection:
                found = connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))
                return [str(cell) for cell in (found.first() or ())] if found.returns_rows else []
        except OperationalError as error:
            raise RuleError(f"The administrator cannot log in: {' '.join(str(error.orig).split())}") from None

    return ask


def _as_postgres() -> Ask:
    """Return what asks as the system user postgres, whom the server of this machine knows by its socket."""
    if os.geteuid() != 0 or not (runuser := shutil.which("runuser")) or not shutil.which("psql"):
        raise RuleError(
            "Expected root's rights and PostgreSQL on this machine (apt-get install postgresql), or the address of "
            "an administrator: admin=postgresql://postgres:…@host/postgres"
        )
    words = [runuser, "-u", "postgres", "--", "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]

    def ask(statement: str) -> list[str]:
        done = subprocess.run(
            [*words, "-v", "ON_ERROR_STOP=1"], input=statement, capture_output=True, text=True, cwd="/"
        )
        if done.returncode:
            raise RuleError(f"PostgreSQL refuses: {done.stderr.strip()}")
        return done.stdout.split()

    return ask
