"""versions of sandbox files

Files that were saved before get their version when they are saved again.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-29 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (
    ("event_team_id", "workflow_element_id"),
    ("workflow_element_id",),
    ("sha256",),
    ("saved_by_id",),
)


def upgrade():
    op.create_table(
        "sandbox_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_team_id", sa.Integer(), nullable=False),
        sa.Column("workflow_element_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("is_set_aside", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_team_id"],
            ["event_teams.id"],
            name=op.f("fk_sandbox_versions_event_team_id_event_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["users.id"],
            name=op.f("fk_sandbox_versions_saved_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["workflow_element_id"],
            ["workflow_elements.id"],
            name=op.f("fk_sandbox_versions_workflow_element_id_workflow_elements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_versions")),
    )
    for columns in INDEXES:
        op.create_index(f"ix_sandbox_versions_{'_'.join(columns)}", "sandbox_versions", list(columns))


def downgrade():
    op.drop_table("sandbox_versions")
