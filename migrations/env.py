"""Alembic's entry: which database to change, and how its tables should look.

The URL comes from the caller (`databoard.ops.schema`, the tests) or from the settings (`manage.py db …`).
"""

from alembic import context

import config as settings
from databoard.models.base import UTCDateTime
from databoard.services.base.database import metadata, open_engine


def render_item(type_, obj, autogen_context):
    """Write aware times as plain SQLAlchemy, so that a revision needs nothing of today's code."""
    if type_ == "type" and isinstance(obj, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def compare_type(ctx, inspected_column, metadata_column, inspected_type, metadata_type):
    """SQLite keeps neither zones nor lengths; let it decide nothing about them."""
    return False if ctx.dialect.name == "sqlite" else None


def run(url: str) -> None:
    with open_engine(url) as engine, engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_item=render_item,
            compare_type=compare_type,
            render_as_batch=engine.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()


run(context.config.attributes.get("url") or settings.load().db_url)
