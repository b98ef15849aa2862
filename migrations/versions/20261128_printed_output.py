"""what each fold of a submission printed

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-28 16:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("submission_folds", sa.Column("printed", sa.Text(), server_default="", nullable=False))


def downgrade():
    # In place: a table that SQLite copies is dropped first, and the scores of its folds with it.
    op.drop_column("submission_folds", "printed")
