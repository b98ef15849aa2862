"""frozen and featured events, banned users

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = (("events", "is_featured"), ("events", "is_frozen"), ("users", "is_banned"))


def upgrade():
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade():
    for table, name in reversed(COLUMNS):
        op.drop_column(table, name)
