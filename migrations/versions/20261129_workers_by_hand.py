"""workers that are drained by hand, and what they and their machines use

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: Name, type, default of the rows that are there; without one a row may have none.
ADDED = (
    ("is_draining", sa.Boolean(), sa.false()),
    ("pause_reason", sa.Text(), ""),
    ("rss_bytes", sa.BigInteger(), None),
    ("cpu_percent", sa.Float(), None),
    ("memory_used", sa.Float(), None),
    ("disk_used", sa.Float(), None),
)


def upgrade():
    for name, type_, default in ADDED:
        op.add_column(
            "workers", sa.Column(name, type_, server_default=default, nullable=default is None)
        )


def downgrade():
    for name, *_ in reversed(ADDED):
        op.drop_column("workers", name)
