"""The waiting submissions with their places and forecasts, for pages, JSON and the command line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from databoard.models import Event, Job, Submission, Team, WaitForecast
from databoard.queries.paging import PAGE_SIZE, Page, paginate
from databoard.services.base import joins
from databoard.services.queue import order
from databoard.services.queue.order import QUEUED_STEPS
from databoard.states import PENDING_JOB_STATES, JobState, JobStep


@dataclass(frozen=True)
class Waiting:
    """A submission's place in line and when it is expected to start.

    Attributes
    ----------
    place, n_waiting : int
        From 1, of so many in the whole queue.
    likely_s, latest_s : float or None
        From now: half of such submissions start sooner, nine of ten; below zero when it is late. None: not computed
        yet, because it has just come, too little is known, or no worker runs.
    """

    place: int
    n_waiting: int
    likely_s: float | None = None
    latest_s: float | None = None


_PendingRow = Row[Job, str, str, str, int | None, datetime | None, datetime | None]


@dataclass(frozen=True)
class PendingJob:
    """A job that waits or runs, in a list."""

    job_id: int
    event_name: str
    team_name: str
    submission_name: str
    step: str
    state: str
    priority: int
    attempt: int
    age_s: float  # since it was queued
    place: int | None  # None: it runs, or is checked
    likely_s: float | None
    latest_s: float | None
    worker: str
    running_s: float | None
    silent_s: float | None  # since its worker's last sign of life


#: Pending jobs by their state.
_ByState = dict[str, list[PendingJob]]


def waiting(session: Session, submission_ids: list[int], *, now: datetime) -> dict[int, Waiting]:
    """Return of each of these submissions that waits where it stands; one query."""
    if not submission_ids:
        return {}
    line = order.line_up(now)
    n_waiting = _count_of_waiting(QUEUED_STEPS).scalar_subquery()
    query = (
        select(line.c.submission_id, line.c.place, n_waiting, WaitForecast.likely_at, WaitForecast.latest_at)
        .select_from(line)
        .outerjoin(WaitForecast, WaitForecast.job_id == line.c.job_id)
        .where(line.c.submission_id.in_(submission_ids))
    )
    return {
        submission_id: Waiting(
            place, n, likely_at and _from_now(likely_at, now), latest_at and _from_now(latest_at, now)
        )
        for submission_id, place, n, likely_at, latest_at in session.execute(query)
    }


def on_arrival(session: Session, submission: Submission, *, now: datetime) -> Waiting | None:
    """Return where a submission that waits for its check will stand when all that is checked has passed."""
    steps = tuple(JobStep)
    place = order.positions(session, [submission.id], now=now, steps=steps).get(submission.id)
    return None if place is None else Waiting(place, session.scalar(_count_of_waiting(steps)) or 0)


def pending(
    session: Session,
    *,
    event: Event | None = None,
    step: JobStep | None = None,
    now: datetime,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[PendingJob]:
    """Return what runs, the oldest first, then what waits, in the order of the line; two queries."""
    line = order.line_up(now)
    jobs = select(Job, Event.name, Team.name, Submission.name, line.c.place).add_columns(
        WaitForecast.likely_at, WaitForecast.latest_at
    )
    query = (
        joins.team_and_event(joins.submission_of_job(jobs))
        .outerjoin(line, line.c.job_id == Job.id)
        .outerjoin(WaitForecast, WaitForecast.job_id == Job.id)
        .where(Job.state.in_(PENDING_JOB_STATES))
        .order_by(Job.state, func.coalesce(line.c.place, 0), Job.started_at, Job.created_at, Job.id)
    )
    if event is not None:
        query = query.where(Event.id == event.id)
    if step is not None:
        query = query.where(Job.step == step)
    found = paginate(session, query, page=page, size=size)
    return found.with_rows(_pending(row, now) for row in found.rows)


def pending_by_kind(session: Session, *, now: datetime, size: int) -> tuple[dict[str, _ByState], bool]:
    """Return at most `size` pending jobs by kind and state, every kind also when it has none; two queries.

    The second value says whether there are more.
    """
    page = pending(session, now=now, size=size)
    found: dict[str, _ByState] = {
        str(kind): {str(state): [] for state in (JobState.waiting, JobState.started)} for kind in JobStep
    }
    for job in page.rows:
        found[job.step][job.state].append(job)
    return found, page.total > len(page.rows)


def _pending(row: _PendingRow, now: datetime) -> PendingJob:
    job, event_name, team_name, submission_name, place, likely_at, latest_at = row
    is_waiting = job.state is JobState.waiting
    return PendingJob(
        job_id=job.id,
        event_name=event_name,
        team_name=team_name,
        submission_name=submission_name,
        step=str(job.step),
        state=str(job.state),
        priority=job.priority,
        attempt=job.n_attempts,
        age_s=(now - job.created_at).total_seconds(),
        place=place,
        likely_s=_from_now(likely_at, now) if is_waiting and likely_at else None,
        latest_s=_from_now(latest_at, now) if is_waiting and latest_at else None,
        worker="" if is_waiting else job.worker,
        running_s=None if is_waiting else _age_s(job.started_at, now),
        silent_s=None if is_waiting else _age_s(job.heartbeat_at, now),
    )


def _count_of_waiting(steps: Collection[JobStep]) -> Select[int]:
    query = joins.event_team(joins.submission_of_job(select(func.count(Job.id))))
    return query.where(Job.state == JobState.waiting, Job.step.in_(steps), order.is_of_thawed_event())


def _age_s(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()


def _from_now(at: datetime, now: datetime) -> float:
    return (at - now).total_seconds()
