"""stored rows of leaderboards

They are computed from the scores that are there. `fab rebuild_boards` does the same at any time.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-29 10:00:00
"""

import sqlalchemy as sa
from alembic import op

from databoard.scoring.contributivity import percentages
from databoard.scoring.ranking import signed_key
from databoard.scoring.shown_digits import shown_score, shown_time_s

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCORE_TYPES = """
    SELECT e.id, e.name, e.position, e.precision, e.is_official, s.is_lower_the_better
    FROM event_score_types e JOIN score_types s ON s.id = e.score_type_id
    WHERE e.event_id = :event_id ORDER BY e.position
"""
SUBMISSIONS = """
    SELECT s.id AS submission_id, s.event_team_id, t.name AS team_name, s.name, s.slug, s.submitted_at,
        s.contributivity, s.historical_contributivity
    FROM submissions s JOIN event_teams e ON e.id = s.event_team_id JOIN teams t ON t.id = e.team_id
    WHERE e.event_id = :event_id AND s.state = 'scored' AND s.is_valid
    ORDER BY s.submitted_at, s.id
"""
SCORES = """
    SELECT submission_id, event_score_type_id, valid_bag, valid_mean, valid_std, test_bag, test_mean, test_std
    FROM submission_scores WHERE event_score_type_id IN (SELECT id FROM event_score_types WHERE event_id = :event_id)
"""
TIMES = """
    SELECT submission_id, SUM(train_time_s), SUM(valid_time_s)
    FROM submission_folds WHERE cv_fold_id IN (SELECT id FROM cv_folds WHERE event_id = :event_id)
    GROUP BY submission_id
"""


def upgrade():
    rows = op.create_table(
        "leaderboard_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("event_team_id", sa.Integer(), nullable=False),
        sa.Column("team_name", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_key", sa.Float(), nullable=False),
        sa.Column("private_key", sa.Float(), nullable=False),
        sa.Column("public_values", sa.JSON(), nullable=False),
        sa.Column("private_values", sa.JSON(), nullable=False),
        sa.Column("contributivity", sa.Float(), nullable=False),
        sa.Column("historical_contributivity", sa.Float(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("historical_percent", sa.Integer(), nullable=False),
        sa.Column("train_time_s", sa.Float(), nullable=True),
        sa.Column("valid_time_s", sa.Float(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{noun}_id"],
                [f"{noun}s.id"],
                name=op.f(f"fk_leaderboard_rows_{noun}_id_{noun}s"),
                ondelete="CASCADE",
            )
            for noun in ("event", "submission", "event_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaderboard_rows")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_leaderboard_rows_submission_id")),
    )
    op.create_index("ix_leaderboard_rows_event_team_id", "leaderboard_rows", ["event_team_id"])
    for board in ("public", "private"):
        columns = ["event_id", f"{board}_key", "submitted_at", "submission_id"]
        op.create_index(f"ix_leaderboard_rows_{board}", "leaderboard_rows", columns, unique=True)
    op.add_column("events", sa.Column("board_version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("events", sa.Column("n_board_rows", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("events", sa.Column("board_bests", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column(
        "events", sa.Column("has_contributivity", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _fill(op.get_bind(), rows)


def downgrade():
    for name in ("has_contributivity", "board_bests", "n_board_rows", "board_version"):
        op.drop_column("events", name)
    op.drop_table("leaderboard_rows")


def _fill(connection, table):
    """Compute the rows of every event, as services.boards did when this revision was made."""
    columns = sa.column("board_version"), sa.column("n_board_rows"), sa.column("board_bests", sa.JSON())
    events = sa.table("events", sa.column("id"), sa.column("has_contributivity", sa.Boolean()), *columns)
    for event_id, kind in connection.execute(sa.text("SELECT id, score_kind FROM events")).all():
        rows, bests = _rows(connection, event_id, kind)
        for first in range(0, len(rows), 500):
            connection.execute(sa.insert(table), rows[first : first + 500])
        totals = {
            "board_version": 1,
            "n_board_rows": len(rows),
            "board_bests": bests,
            "has_contributivity": any(row["contributivity"] for row in rows),
        }
        connection.execute(sa.update(events).where(events.c.id == event_id).values(totals))


def _rows(connection, event_id, kind):
    """Return the rows of an event, and the best value of each column of both boards."""

    def found(query, **types):
        typed = sa.text(query).columns(**types) if types else sa.text(query)
        return connection.execute(typed, {"event_id": event_id})

    score_types = found(SCORE_TYPES).all()
    official = next(score for score in score_types if score.is_official)
    other = "mean" if kind == "bag" else "bag"
    boards = {
        "public": [(score, f"valid_{kind}") for score in score_types],
        "private": [(score, f"test_{kind}") for score in score_types]
        + [(official, name) for name in (f"valid_{kind}", f"test_{other}", "test_std")],
    }
    scores = {(row.submission_id, row.event_score_type_id): row._mapping for row in found(SCORES)}
    times = {row[0]: row[1:] for row in found(TIMES)}
    named = {column.name: column.type for column in _typed_columns()}
    rows = [dict(row._mapping) for row in found(SUBMISSIONS, **named)]
    bests = {board: [None] * len(numbers) for board, numbers in boards.items()}
    for row in rows:
        row["event_id"] = event_id
        train_s, valid_s = times.get(row["submission_id"], (None, None))
        row["train_time_s"], row["valid_time_s"] = shown_time_s(train_s), shown_time_s(valid_s)
        for board, numbers in boards.items():
            exact = [scores.get((row["submission_id"], score.id), {}).get(name) for score, name in numbers]
            values = [
                shown_score(value, score.precision) for value, (score, _) in zip(exact, numbers, strict=True)
            ]
            ranking = exact[[score.id for score in score_types].index(official.id)]
            row[f"{board}_key"] = signed_key(ranking, bool(official.is_lower_the_better))
            row[f"{board}_values"] = values
            for place, ((score, name), value) in enumerate(zip(numbers, values, strict=True)):
                known = [each for each in (bests[board][place], value) if each is not None]
                if known and not name.endswith("_std"):
                    bests[board][place] = min(known) if score.is_lower_the_better else max(known)
    for name, column in (("percent", "contributivity"), ("historical_percent", "historical_contributivity")):
        percents = percentages({row["submission_id"]: row[column] for row in rows})
        for row in rows:
            row[name] = percents[row["submission_id"]]
    return rows, bests


def _typed_columns():
    """Return the columns of SUBMISSIONS; SQLite gives times as text where no type is named."""
    numbers = [sa.column(name, sa.Integer()) for name in ("submission_id", "event_team_id")]
    texts = [sa.column(name, sa.String()) for name in ("team_name", "name", "slug")]
    shares = [sa.column(name, sa.Float()) for name in ("contributivity", "historical_contributivity")]
    return [*numbers, *texts, sa.column("submitted_at", sa.DateTime(timezone=True)), *shares]
