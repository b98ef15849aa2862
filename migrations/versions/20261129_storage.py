"""points and findings of the storage

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "storage_points",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_points")),
        sa.UniqueConstraint("day", "category", name=op.f("uq_storage_points_day_category")),
    )
    op.create_table(
        "storage_findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "problem",
            sa.Enum(
                "missing",
                "orphaned",
                "wrong_size",
                name="storage_problem",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("expected_bytes", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_findings")),
    )
    op.create_index("ix_storage_findings_found_at", "storage_findings", ["found_at"])


def downgrade():
    op.drop_index("ix_storage_findings_found_at", table_name="storage_findings")
    op.drop_table("storage_findings")
    op.drop_table("storage_points")
