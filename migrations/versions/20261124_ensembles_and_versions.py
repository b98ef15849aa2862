"""blending in the background, score kinds, superseded scores

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-24 15:15:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    # In place: on SQLite a batch would drop the table of the events, and with it, by cascade, all that hangs on it.
    op.execute(
        "ALTER TABLE events ADD COLUMN score_kind VARCHAR(32) DEFAULT 'bag' NOT NULL "
        "CONSTRAINT ck_events_score_kind CHECK (score_kind IN ('bag', 'mean'))"
    )
    op.add_column("events", sa.Column("n_ensemble_changes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("events", sa.Column("n_ensemble_recorded", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("events", sa.Column("ensemble_claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("events", sa.Column("ensemble_claimed_by", sa.String(128), nullable=False, server_default=""))
    op.create_table(
        "superseded_scores",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("valid_bag", sa.Float(), nullable=True),
        sa.Column("test_bag", sa.Float(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_superseded_scores_submission_id_submissions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_superseded_scores")),
    )
    op.create_index(op.f("ix_superseded_scores_submission_id"), "superseded_scores", ["submission_id"])


def downgrade():
    op.drop_table("superseded_scores")
    for name in ("ensemble_claimed_by", "ensemble_claimed_at", "n_ensemble_recorded", "n_ensemble_changes", "score_kind"):
        op.drop_column("events", name)
