"""Alembic's entry: which database to change, and how its tables should look.

The URL comes from the caller (`databoard.ops.schema`, the tests) or from the settings (`manage.py db …`).
"""

from alembic import context
from alembic.util import CommandError

import config as settings
from databoard.errors import RuleError
from databoard.models.base import UTCDateTime
from databoard.ops import schema
from databoard.services.base.database import metadata, open_engine


def render_item(type_, obj, autogen_context):
    """Write aware times as plain SQLAlchemy, so that a revision needs nothing of today's code."""
    if type_ == "type" and isinstance(obj, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def write_no_empty_revision(migration_context, revision, directives):
    """Drop a revision that changes nothing: a database that has it would be refused by every other checkout."""
    if directives and directives[0].upgrade_ops.is_empty():
        directives.clear()
        print("The tables of the models are those of the database: no revision was written.")


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        compare_type=schema.compare_type,
        process_revision_directives=write_no_empty_revision,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    if not context.get_context().purge:  # `db stamp --purge` forgets the revision, known or not
        refuse_unknown_revision(connection)
    with context.begin_transaction():  # does nothing where the connection is in a transaction already
        context.run_migrations()


def refuse_unknown_revision(connection):
    """Refuse a database at a revision of other code, with what to type; Alembic only says that it has none such."""
    try:
        schema.require_known(connection, context.script)
    except RuleError as error:
        raise CommandError(str(error)) from None


if given := context.config.attributes.get("connection"):
    run(given)
else:
    url = context.config.attributes.get("url") or settings.load().db_url
    with open_engine(url) as engine, engine.connect() as connection:
        run(connection)
