"""limits of an event, workers, the quota ledger, more steps of a job

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-24 19:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CODES = (
    "import_error", "training_error", "validating_error", "testing_error", "scoring_error", "bad_output", "timeout",
    "out_of_memory", "too_many_processes", "disk_full", "output_too_large", "crashed", "cancelled", "worker_lost",
    "internal",
)
NEW_CODES = (*CODES[:-1], "server_disk_full", "db_unavailable", "internal")
#: Table, constraint, column, words before, words after.
REWORDED = (
    ("jobs", "ck_jobs_job_step", "step", ("train_test",), ("check", "train_test", "score")),
    ("submissions", "ck_submissions_error_code", "error_code", CODES, NEW_CODES),
    ("submission_folds", "ck_submission_folds_fold_error_code", "error_code", CODES, NEW_CODES),
    ("jobs", "ck_jobs_job_error_code", "error_code", CODES, NEW_CODES),
    ("job_attempts", "ck_job_attempts_attempt_error_code", "error_code", CODES, NEW_CODES),
)
EVENT_COLUMNS = (
    ("max_attempts_per_day", sa.Integer(), "0"),
    ("max_scored_per_day", sa.Integer(), "0"),
    ("time_zone", sa.String(64), "UTC"),
    ("cpu_time_limit_s", sa.Integer(), "0"),
    ("disk_limit_bytes", sa.BigInteger(), str(512 * 1024**2)),
    ("max_files", sa.Integer(), "20000"),
    ("resources", sa.String(255), ""),
)


def upgrade():
    for name, type_, default in EVENT_COLUMNS:
        op.add_column("events", sa.Column(name, type_, nullable=False, server_default=default))
    op.add_column("submission_folds", sa.Column("cpu_time_s", sa.Double(), nullable=True))
    for table, constraint, column, before, after in REWORDED:
        _reword(table, constraint, column, before, after)
    op.create_table(
        "workers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(16), nullable=False),
        sa.Column("n_slots", sa.Integer(), nullable=False),
        sa.Column("jail_level", sa.String(8), nullable=False),
        sa.Column("open_layers", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("n_done", sa.Integer(), nullable=False),
        sa.Column("n_faults", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
        sa.UniqueConstraint("name", name=op.f("uq_workers_name")),
    )
    op.create_table(
        "quota_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_team_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=True),
        sa.Column("kind", _words("quota_kind", "attempt", "scored"), nullable=False),
        sa.Column(
            "cause",
            _words(
                "quota_cause",
                "submitted",
                "refused_by_check",
                "cancelled_before_start",
                "not_scored",
                "platform_fault",
                "granted",
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_team_id"],
            ["event_teams.id"],
            name=op.f("fk_quota_entries_event_team_id_event_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_quota_entries_submission_id_submissions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_entries")),
    )
    op.create_index("ix_quota_entries_event_team_id_day", "quota_entries", ["event_team_id", "day"])
    op.create_index(op.f("ix_quota_entries_submission_id"), "quota_entries", ["submission_id"])


def downgrade():
    op.drop_table("quota_entries")
    op.drop_table("workers")
    op.execute("DELETE FROM job_attempts WHERE job_id IN (SELECT id FROM jobs WHERE step <> 'train_test')")
    op.execute("DELETE FROM jobs WHERE step <> 'train_test'")
    for table in ("submissions", "submission_folds", "jobs", "job_attempts"):
        op.execute(
            f"UPDATE {table} SET error_code = 'internal' WHERE error_code IN ('server_disk_full', 'db_unavailable')"
        )
    for table, constraint, column, before, after in REWORDED:
        _reword(table, constraint, column, after, before)
    op.drop_column("submission_folds", "cpu_time_s")
    for name, _, _ in EVENT_COLUMNS:
        op.drop_column("events", name)


def _words(name, *words):
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _reword(table, constraint, column, before, after):
    """Let a check allow other words, without touching a row.

    SQLite has no statement for it, and making the table anew would by cascade empty those that point to it. Its
    documentation (``ALTER TABLE``, section 8) names this way for constraints that change nothing on disk.
    """
    old, new = (f"CHECK ({column} IN ({', '.join(repr(word) for word in words)}))" for words in (before, after))
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(constraint), table, type_="check")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {new}")
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    found = connection.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :table "
                "AND instr(sql, :old) > 0"),
        {"old": old, "new": new, "table": table},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
    if found.rowcount != 1:
        raise RuntimeError(f"Expected {old} in the table {table}.")
