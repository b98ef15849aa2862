"""Fill an event with scored submissions for benchmarks: copies of one real submission, written by SQL."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from databoard.models import (
    Base,
    Event,
    EventTeam,
    Submission,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
    Team,
)
from databoard.services.boards import rows as boards

_PER_TEAM, _AT_ONCE = 5, 1000


def fill(session: Session, *, event: Event, pattern: Submission, n_rows: int, now: datetime) -> None:
    """Add scored submissions until the event has `n_rows`: copies of `pattern`, five a team, none of them blended.

    They are older than `pattern` and score worse, so that newer submissions stand on the first page of a board.
    """
    query = select(Submission).join(EventTeam).where(EventTeam.event_id == event.id)
    n_new = max(n_rows - len(session.scalars(query).all()), 0)
    for first in range(0, n_new, _AT_ONCE):
        _add(session, event, pattern, range(first, min(first + _AT_ONCE, n_new)), now)
    session.flush()
    boards.rebuild(session, event)


def _add(session: Session, event: Event, pattern: Submission, numbers: range, now: datetime) -> None:
    event_teams = _event_teams(session, event, (numbers[-1] - numbers[0]) // _PER_TEAM + 1, now)
    facts = _columns(pattern) | {"is_to_ensemble": False, "predictions_key": "", "contributivity": 0.0}
    submissions = _insert(session, Submission, [
        facts | {
            "event_team_id": event_teams[(number - numbers[0]) // _PER_TEAM], "name": f"copy_{number}",
            "slug": secrets.token_urlsafe(12), "submitted_at": pattern.submitted_at - timedelta(seconds=60 + number),
        }
        for number in numbers
    ])  # fmt: skip
    for fold in pattern.folds:
        facts = _columns(fold)
        folds = _insert(session, SubmissionFold, [facts | {"submission_id": i} for i in submissions])
        for fold_score in fold.scores:
            facts = _columns(fold_score)
            _write(session, SubmissionFoldScore, [facts | {"submission_fold_id": i} for i in folds])
    for score in pattern.scores:
        is_lower = score.event_score_type.score_type.is_lower_the_better
        facts = _columns(score)
        rows = [facts | {"submission_id": i} | _worse(score, is_lower, i) for i in submissions]
        _write(session, SubmissionScore, rows)


def _worse(score: SubmissionScore, is_lower: bool, number: int) -> dict[str, Any]:
    """Return bagged scores that are worse than those of `score`, by a little that differs from copy to copy."""
    by = (0.01 + (number % 997) / 2000) * (1 if is_lower else -1)
    return {
        name: None if getattr(score, name) is None else getattr(score, name) + by
        for name in ("valid_bag", "test_bag")
    }


def _event_teams(session: Session, event: Event, n_teams: int, now: datetime) -> list[int]:
    team = {"is_individual": True, "created_at": now}
    teams = _insert(
        session, Team, [team | {"name": f"copies_{secrets.token_hex(6)}"} for _ in range(n_teams)]
    )
    row = {"event_id": event.id, "is_active": True, "signed_up_at": now, "approved_at": now}
    return _insert(session, EventTeam, [row | {"team_id": team} for team in teams])


def _insert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> list[int]:
    return list(
        session.scalars(insert(table).returning(table.id, sort_by_parameter_order=True), rows) if rows else ()
    )


def _write(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert rows whose numbers nobody asks for: many at once, where `_insert` sends one after the other."""
    session.execute(insert(table), rows)


def _columns(row: Base) -> dict[str, Any]:
    """Return the values of a row by attribute, but its number."""
    mapper = type(row).__mapper__
    return {
        attribute.key: getattr(row, attribute.key)
        for attribute in mapper.column_attrs
        if attribute.key != "id"
    }
