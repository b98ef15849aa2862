"""What happened on the site, month by month, and its public events. For pages, JSON, CSV and the command line."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from databoard.models import Event, EventTeam, Problem, Submission, Team, User
from databoard.services.base import joins
from databoard.states import ERROR_STATES, SubmissionState

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_S = 86400
_Moment = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


@dataclass(frozen=True)
class MonthlyRow:
    """One quantity by month; None in months that have not begun.

    Attributes
    ----------
    total : float or None
        Of the year: a sum, the last month of a running total, or the mean of a day.
    """

    name: str
    months: tuple[float | None, ...]
    total: float | None


def yearly(session: Session, year: int, *, now: datetime) -> list[MonthlyRow]:
    """Return the quantities of a year (UTC), five queries; running totals begin with all earlier years."""
    bounds = [datetime(year + n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in range(13)]
    users, n_earlier_users = _by_month(session, User.created_at, bounds)
    teams, n_earlier_teams = _by_month(session, Team.created_at, bounds)
    sign_ups, _ = _by_month(session, EventTeam.signed_up_at, bounds)
    events, _ = _by_month(session, Event.opens_at, bounds)
    submitted, scored, failed = _submissions_by_month(session, bounds)
    counts = {
        "new users": users,
        "total users": _running(users, n_earlier_users),
        "new teams": teams,
        "total teams": _running(teams, n_earlier_teams),
        "sign-ups": sign_ups,
        "submissions": submitted,
        "scored": scored,
        "failed": failed,
        "submissions per day": _per_day(submitted, bounds, now),
        "events opened": events,
    }
    n_begun = sum(start <= now for start in bounds[:12])
    return [_row(name, values, n_begun, bounds, now) for name, values in counts.items()]


def _by_month(session: Session, moment: _Moment, bounds: Sequence[datetime]) -> tuple[list[float], int]:
    """Return how many rows fall into each month, and into all earlier time."""
    sums = [_sum(moment, start, end) for start, end in itertools.pairwise(bounds)]
    earlier = func.sum(case((moment < bounds[0], 1), else_=0))
    row = session.execute(select(*sums, earlier)).one()
    return [float(value or 0) for value in row[:12]], int(row[12] or 0)


def _submissions_by_month(session: Session, bounds: Sequence[datetime]) -> tuple[list[float], ...]:
    """Return how many were submitted by month, and what became of these."""
    submitted, state = Submission.submitted_at, Submission.state
    sums: list[Any] = []
    for condition in (None, state == SubmissionState.scored, state.in_(ERROR_STATES)):
        for start, end in itertools.pairwise(bounds):
            within = (submitted >= start) & (submitted < end)
            sums.append(func.sum(case((within if condition is None else within & condition, 1), else_=0)))
    row = [float(value or 0) for value in session.execute(select(*sums)).one()]
    return row[:12], row[12:24], row[24:]


def _sum(moment: _Moment, start: datetime, end: datetime) -> Any:
    return func.sum(case(((moment >= start) & (moment < end), 1), else_=0))


def _running(counts: list[float], earlier: int) -> list[float]:
    total, found = float(earlier), []
    for count in counts:
        total += count
        found.append(total)
    return found


def _per_day(counts: list[float], bounds: Sequence[datetime], now: datetime) -> list[float]:
    """Return the mean of a day of each month; of the present month, of the days that have passed."""
    spans = zip(counts, bounds, bounds[1:], strict=False)
    return [round(count / _days(start, min(end, max(now, start))), 2) for count, start, end in spans]


def _days(start: datetime, end: datetime) -> float:
    return max(1.0, (end - start).total_seconds() / DAY_S)


def _row(
    name: str, values: list[float], n_begun: int, bounds: Sequence[datetime], now: datetime
) -> MonthlyRow:
    begun = values[:n_begun]
    if not begun:
        total = None
    elif name.startswith("total"):
        total = begun[-1]
    elif name.endswith("per day"):
        days = _days(bounds[0], min(bounds[12], now))
        lengths = [_days(bounds[n], min(bounds[n + 1], now)) for n in range(n_begun)]
        total = round(sum(a * b for a, b in zip(begun, lengths, strict=True)) / days, 2)
    else:
        total = sum(begun)
    missing = [None] * (12 - n_begun)
    return MonthlyRow(name, (*begun, *missing), total)


@dataclass(frozen=True)
class EventFacts:
    """A public event in the list of all."""

    name: str
    title: str
    problem_name: str
    opens_at: datetime | None
    closes_at: datetime | None
    n_teams: int
    n_submissions: int

    @property
    def days(self) -> float | None:
        """How long it takes submissions, in days; None without an end."""
        if self.opens_at is None or self.closes_at is None:
            return None
        return round((self.closes_at - self.opens_at).total_seconds() / DAY_S, 1)


def public_events(session: Session) -> list[EventFacts]:
    """Return every public event that has a date to open, the earliest first; one query."""
    teams = select(func.count(EventTeam.id)).where(
        EventTeam.event_id == Event.id, EventTeam.approved_at.is_not(None)
    )
    submissions: Select[int] = joins.event_team(select(func.count(Submission.id))).where(
        EventTeam.event_id == Event.id
    )
    columns = (Event.name, Event.title, Problem.name, Event.opens_at, Event.closes_at)
    query = select(*columns, teams.scalar_subquery(), submissions.scalar_subquery()).join(Event.problem)
    shown = query.where(Event.is_public, Event.opens_at.is_not(None)).order_by(Event.opens_at, Event.id)
    return [EventFacts(*row) for row in session.execute(shown)]
