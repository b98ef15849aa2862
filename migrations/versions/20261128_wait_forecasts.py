"""what those who wait are told

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-28 03:50:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "wait_forecasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_p50_s", sa.Double(), nullable=False),
        sa.Column("first_p90_s", sa.Double(), nullable=False),
        sa.Column("likely_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_wait_forecasts_job_id_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_forecasts")),
        sa.UniqueConstraint("job_id", name=op.f("uq_wait_forecasts_job_id")),
    )


def downgrade():
    op.drop_table("wait_forecasts")
