"""Contributivities as shown: whole percent that sum to 100. Called by the boards and lists."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import Event, EventTeam, Submission
from databoard.scoring.contributivity import percentages
from databoard.services.base import joins

Percents = dict[int, int]


def percents(session: Session, event: Event) -> Percents:
    """Return by id the contributivity of the submissions of an event that have one."""
    query = (
        joins.event_team(select(Submission.id, Submission.contributivity))
        .where(EventTeam.event_id == event.id, Submission.contributivity > 0)
        .order_by(Submission.submitted_at, Submission.id)
    )
    return percentages(dict(session.execute(query).all()))


def board_percents(submissions: Collection[Submission]) -> tuple[Percents, Percents]:
    """Return contributivity and historical contributivity of all submissions on an event's board, by id."""
    oldest_first = sorted(submissions, key=lambda row: (row.submitted_at, row.id))
    return (
        percentages({row.id: row.contributivity for row in oldest_first}),
        percentages({row.id: row.historical_contributivity for row in oldest_first}),
    )
