"""The order of the queue: which job is next, how many jobs one team may hold, the place of each job.

The order is: priority; the team with fewest jobs running; the team with least compute in the last hour; the oldest.
Checks (seconds, in a lane of their own) and scoring (without a jail) do not count for a team. `jobs` claims in this
order, and `queries.waiting` shows the places. Jobs of a frozen event wait, and have no place.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, func, or_, select
from sqlalchemy.orm import Session

from databoard.forecasting.rules import COMPUTE_WINDOW
from databoard.models import Event, EventTeam, Job, Submission, SubmissionFold
from databoard.services.base import joins
from databoard.states import JobState, JobStep

#: What waits for its turn in the queue.
QUEUED_STEPS = (JobStep.train_test, JobStep.score)


def is_any_waiting(session: Session, *, steps: Collection[JobStep]) -> bool:
    """Return whether a job of `steps` waits, whether or not it may start now."""
    query = select(Job.id).where(Job.state == JobState.waiting, Job.step.in_(steps)).limit(1)
    return session.scalar(query) is not None


def next_job_id(
    session: Session, *, steps: Collection[JobStep], cap: int | None, now: datetime
) -> int | None:
    """Return the job of `steps` to take next, locked on PostgreSQL; None when none waits or every team is full.

    Rows that somebody else holds, because the job is being cancelled, are skipped; those whose key is only locked,
    because a row that names them is being written, are not.
    """
    running, compute = running_jobs(), recent_compute(now)
    n_running = func.coalesce(running.c.n, 0)
    query = (
        joins.event_team(joins.submission_of_job(select(Job.id)))
        .outerjoin(running, running.c.team_id == EventTeam.team_id)
        .outerjoin(compute, compute.c.team_id == EventTeam.team_id)
        .where(Job.state == JobState.waiting, Job.step.in_(steps), is_of_thawed_event())
        .order_by(Job.priority.desc(), n_running, func.coalesce(compute.c.s, 0.0), Job.created_at, Job.id)
    )
    if cap is not None:
        query = query.where(or_(Job.step != JobStep.train_test, n_running < cap))
    return session.scalar(query.limit(1).with_for_update(of=Job, skip_locked=True, key_share=True))


def positions(
    session: Session, submission_ids: list[int], *, now: datetime, steps: Collection[JobStep] = QUEUED_STEPS
) -> dict[int, int]:
    """Return the place in line, from 1, of each of these submissions that waits."""
    if not submission_ids:
        return {}
    line = line_up(now, steps).c
    query = select(line.submission_id, line.place).where(line.submission_id.in_(submission_ids))
    return dict(session.execute(query).all())


def line_up(now: datetime, steps: Collection[JobStep] = QUEUED_STEPS) -> Subquery:
    """Return a subquery of job_id, submission_id and place: the line of all jobs of `steps` that wait.

    It is the order in which free workers would take all that waits now: a team's second job stands behind the first
    ones of the others.
    """
    running, compute = running_jobs(), recent_compute(now)
    own = func.row_number().over(
        partition_by=EventTeam.team_id, order_by=(Job.priority.desc(), Job.created_at, Job.id)
    )
    jobs = select(
        Job.id,
        Job.submission_id,
        Job.priority,
        Job.created_at,
        (func.coalesce(running.c.n, 0) + own).label("n_before"),
        func.coalesce(compute.c.s, 0.0).label("compute_s"),
    )
    line = (
        joins.event_team(joins.submission_of_job(jobs))
        .outerjoin(running, running.c.team_id == EventTeam.team_id)
        .outerjoin(compute, compute.c.team_id == EventTeam.team_id)
        .where(Job.state == JobState.waiting, Job.step.in_(steps), is_of_thawed_event())
        .subquery()
    ).c

    place = func.row_number().over(
        order_by=(line.priority.desc(), line.n_before, line.compute_s, line.created_at, line.id)
    )
    return select(line.id.label("job_id"), line.submission_id, place.label("place")).subquery()


def is_of_thawed_event() -> ColumnElement[bool]:
    """Return whether the event of a job is not frozen; the query has joined its event team."""
    return EventTeam.event_id.not_in(select(Event.id).where(Event.is_frozen))


def running_jobs() -> Subquery:
    """Return a subquery of team_id and n: how many of its submissions are training."""
    return (
        select(EventTeam.team_id, func.count(Job.id).label("n"))
        .join(Submission, Submission.event_team_id == EventTeam.id)
        .join(Job, Job.submission_id == Submission.id)
        .where(Job.state == JobState.started, Job.step == JobStep.train_test)
        .group_by(EventTeam.team_id)
        .subquery()
    )


def recent_compute(now: datetime) -> Subquery:
    """Return a subquery of team_id and s: the seconds of all folds that ended in the last hour."""
    return (
        select(EventTeam.team_id, func.sum(fold_seconds()).label("s"))
        .join(Submission, Submission.event_team_id == EventTeam.id)
        .join(SubmissionFold, SubmissionFold.submission_id == Submission.id)
        .where(Submission.finished_at > now - COMPUTE_WINDOW)
        .group_by(EventTeam.team_id)
        .subquery()
    )


def fold_seconds() -> ColumnElement[float]:
    """Return how long a fold trained and predicted."""
    times = (SubmissionFold.train_time_s, SubmissionFold.valid_time_s, SubmissionFold.test_time_s)
    return sum((func.coalesce(time, 0.0) for time in times[1:]), func.coalesce(times[0], 0.0))
