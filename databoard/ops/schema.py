"""Bring a database to the schema of this code, or back. Called by fab tasks, the demo and the tests."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from databoard.errors import RuleError

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database at `url` back to `revision`; ``base`` drops every table."""
    command.downgrade(_config(url), revision)


def head() -> str:
    """Return the newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config("")).get_current_head()
    if revision is None:
        raise RuntimeError("There are no migrations.")
    return revision


def require_current(engine: Engine) -> None:
    """Refuse to work on a database whose tables are not those of this code.

    Raises
    ------
    RuleError
        With the command that brings it up to date.
    """
    with engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    if there != head():
        raise RuleError(
            f"Expected a database at revision {head()}, got {there or 'an empty one'}. "
            "Bring it up to date: python manage.py db upgrade"
        )


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config
