"""quotas of bytes

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("users", sa.Column("quota_bytes", sa.BigInteger(), nullable=True))
    op.add_column("events", sa.Column("quota_bytes", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade():
    op.drop_column("events", "quota_bytes")
    op.drop_column("users", "quota_bytes")
