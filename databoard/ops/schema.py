"""Bring a database to the schema of this code, or back. Called by fab tasks, the demo, Alembic and the tests."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from databoard.errors import RuleError
from databoard.services.base.database import metadata

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`."""
    command.upgrade(_config(url), revision)


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """Bring the database of `connection` up to `revision`, in its transaction when it is in one."""
    config = _config("")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database at `url` back to `revision`; ``base`` drops every table."""
    command.downgrade(_config(url), revision)


def head() -> str:
    """Return the newest revision that this code knows."""
    revision = scripts().get_current_head()
    if revision is None:
        raise RuntimeError("There are no migrations.")
    return revision


def revisions() -> set[str]:
    """Return every revision that this code knows."""
    return {script.revision for script in scripts().walk_revisions()}


def revision(engine: Engine) -> str | None:
    """Return the revision of a database, None when it has no tables."""
    with engine.connect() as connection:
        return _revision(connection)


def require_current(engine: Engine) -> None:
    """Refuse to work on a database whose tables are not those of this code.

    Raises
    ------
    RuleError
        With the command that brings it up to date.
    """
    with engine.connect() as connection:
        there = _revision(connection)
        if there == head():
            return
        require_known(connection, scripts())
    raise RuleError(
        f"Expected a database at revision {head()}, got {there or 'an empty one'}. "
        "Bring it up to date: python manage.py db upgrade"
    )


def require_known(connection: Connection, script: ScriptDirectory) -> None:
    """Refuse a database at a revision that `script` does not hold, so that there is no way up or down from it.

    Raises
    ------
    RuleError
        With the way back: a command when the tables are those of this code, else the code that made the revision.
    """
    there = _revision(connection)
    if there is None or there in {revision.revision for revision in script.walk_revisions()}:
        return
    found = f"Expected a database at a revision that this code has, got {there}."
    if is_as_modelled(connection):
        raise RuleError(
            f"{found} Its tables are those of this code. "
            f"Set its revision: python manage.py db stamp --purge {script.get_current_head()}"
        )
    raise RuleError(
        f"{found} Its tables are not those of this code. Use the code that made the revision, "
        "to work with the database or to downgrade it."
    )


def is_as_modelled(connection: Connection) -> bool:
    """Return whether the tables of a database are those of the models."""
    context = MigrationContext.configure(connection, opts={"compare_type": compare_type})
    return not compare_metadata(context, metadata)


def compare_type(context: MigrationContext, *described: Any) -> bool | None:
    """Leave types to Alembic, but on SQLite decide nothing: it keeps neither zones nor lengths."""
    return False if context.dialect.name == "sqlite" else None


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def scripts() -> ScriptDirectory:
    """Return the migrations of this code."""
    return ScriptDirectory.from_config(_config(""))


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config
