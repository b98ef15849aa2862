"""One job of the queue: what it is, how far it is, each attempt with its log. For its page and ``fab show_job``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, contains_eager

from databoard.errors import NotFound
from databoard.models import Event, EventAdmin, EventTeam, Job, JobAttempt, Submission
from databoard.queries import measured
from databoard.queries import waiting as waiting_queries
from databoard.queries.waiting import Waiting
from databoard.services.people.rights import Asker
from databoard.states import PENDING_JOB_STATES, RETRY_CODES, JobState

#: What stands for the log of a fault where only administrators read it: it may quote hidden data and server paths.
WITHHELD = "The server failed, not the code. The log of this attempt is for administrators of the server."


@dataclass(frozen=True)
class AttemptRow:
    """One try of a job by one worker.

    Attributes
    ----------
    ended_at : datetime or None
        None while it runs, or is lost and not yet recovered.
    is_fault : bool
        Whether the server failed or stopped it, and not the code.
    """

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    outcome: str
    error_code: str
    is_fault: bool
    log: str


@dataclass(frozen=True)
class JobFacts:
    """A job and whose it is, as `find` reads it once a request."""

    job: Job
    submission: Submission
    n_folds: int
    n_folds_done: int


@dataclass(frozen=True)
class SiblingRow:
    """A job of the same submission."""

    id: int
    kind: str
    state: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Moment:
    """What happened to a job, and when."""

    at: datetime
    what: str


@dataclass(frozen=True)
class JobView:
    """Everything the page of a job shows. Times are in seconds; None is what has not happened."""

    id: int
    kind: str
    state: str
    priority: int
    n_attempts: int
    error_code: str
    worker: str
    created_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
    waited_s: float
    running_s: float | None
    event_name: str
    event_title: str
    team_name: str
    submission_id: int
    submission_name: str
    submission_state: str
    slug: str
    n_folds: int
    n_folds_done: int
    waiting: Waiting | None
    attempts: tuple[AttemptRow, ...]
    siblings: tuple[SiblingRow, ...]
    timeline: tuple[Moment, ...]

    @property
    def is_pending(self) -> bool:
        return self.state in {str(state) for state in PENDING_JOB_STATES}


def find(session: Session, job_id: int, *, user: Asker | None, is_local: bool = False) -> JobFacts:
    """Return a job with its submission, in one query.

    Parameters
    ----------
    user : Asker or None
        Who asks; organisers find the jobs of their events.
    is_local : bool
        Whether the command line asks, which finds every job.

    Raises
    ------
    NotFound
        If there is none of this number that the asker may see.
    """
    team = contains_eager(Job.submission).contains_eager(Submission.event_team)
    query = (
        select(Job, *measured.total_columns()[3:])
        .join(Job.submission)
        .join(Submission.event_team)
        .join(EventTeam.team)
        .join(EventTeam.event)
        .join(Event.problem)
        .where(Job.id == job_id)
        .options(
            team.options(
                contains_eager(EventTeam.event).contains_eager(Event.problem), contains_eager(EventTeam.team)
            )
        )
    )
    if not (is_local or (user is not None and user.is_admin)):
        own = exists().where(EventAdmin.event_id == Event.id, EventAdmin.admin_id == (user.id if user else 0))
        query = query.where(own)
    row = session.execute(query).first()
    if row is None:
        raise NotFound(f"There is no job {job_id} that you may see. fab show:jobs lists them.")
    job: Job
    job, *folds = row
    return JobFacts(job, job.submission, n_folds=folds[0], n_folds_done=folds[1])


def view(session: Session, facts: JobFacts, *, sees_faults: bool, now: datetime) -> JobView:
    """Return the page of a job, in at most three queries; without `sees_faults` logs of the server are left out."""
    job, submission = facts.job, facts.submission
    tries = attempts(session, [job.id], sees_faults=sees_faults, now=now)[job.id]
    is_waiting = job.state is JobState.waiting
    places = waiting_queries.waiting(session, [submission.id], now=now) if is_waiting else {}
    return JobView(
        id=job.id,
        kind=str(job.step),
        state=str(job.state),
        priority=job.priority,
        n_attempts=job.n_attempts,
        error_code=str(job.error_code or ""),
        worker=job.worker,
        created_at=job.created_at,
        started_at=job.started_at,
        heartbeat_at=job.heartbeat_at,
        finished_at=job.finished_at,
        waited_s=((job.started_at or job.finished_at or now) - job.created_at).total_seconds(),
        running_s=None
        if job.started_at is None
        else ((job.finished_at or now) - job.started_at).total_seconds(),
        event_name=submission.event_team.event.name,
        event_title=submission.event_team.event.title,
        team_name=submission.event_team.team.name,
        submission_id=submission.id,
        submission_name=submission.name,
        submission_state=str(submission.state),
        slug=submission.slug,
        n_folds=facts.n_folds,
        n_folds_done=facts.n_folds_done,
        waiting=places.get(submission.id),
        attempts=tries,
        siblings=siblings(session, submission.id, besides=job.id),
        timeline=_timeline(job, tries),
    )


def attempts(
    session: Session, job_ids: Sequence[int], *, sees_faults: bool, now: datetime
) -> dict[int, tuple[AttemptRow, ...]]:
    """Return by job its attempts, the first one first; one query."""
    query = select(JobAttempt).where(JobAttempt.job_id.in_(job_ids)).order_by(JobAttempt.number)
    found: dict[int, tuple[AttemptRow, ...]] = dict.fromkeys(job_ids, ())
    for one in session.scalars(query):
        found[one.job_id] = (*found[one.job_id], _attempt(one, sees_faults, now))
    return found


def siblings(session: Session, submission_id: int, *, besides: int | None = None) -> tuple[SiblingRow, ...]:
    """Return the latest jobs of a submission, the last one first; one query."""
    columns = (Job.id, Job.step, Job.state, Job.created_at, Job.finished_at)
    query = select(*columns).where(Job.submission_id == submission_id, Job.id != (besides or 0))
    return tuple(
        SiblingRow(job_id, str(step), str(state), created_at, finished_at)
        for job_id, step, state, created_at, finished_at in session.execute(
            query.order_by(Job.id.desc()).limit(20)
        )
    )


def is_fault(attempt: JobAttempt) -> bool:
    """Return whether an attempt ended because of the server: it was handed back, or has a code of the server."""
    return attempt.outcome == HANDED_BACK or attempt.error_code in RETRY_CODES


#: The outcome of an attempt whose job another worker tries again.
HANDED_BACK = "handed back"


def _attempt(one: JobAttempt, sees_faults: bool, now: datetime) -> AttemptRow:
    return AttemptRow(
        number=one.number,
        worker=one.worker,
        started_at=one.started_at,
        ended_at=one.ended_at,
        duration_s=((one.ended_at or now) - one.started_at).total_seconds(),
        outcome=one.outcome or "running",
        error_code=str(one.error_code or ""),
        is_fault=is_fault(one),
        log=one.log if sees_faults or not (one.log and is_fault(one)) else WITHHELD,
    )


def _timeline(job: Job, tries: tuple[AttemptRow, ...]) -> tuple[Moment, ...]:
    moments = [Moment(job.created_at, "queued")]
    for one in tries:
        moments.append(Moment(one.started_at, f"attempt {one.number} started on {one.worker}"))
        if one.ended_at is not None:
            code = f", {one.error_code}" if one.error_code else ""
            moments.append(Moment(one.ended_at, f"attempt {one.number}: {one.outcome}{code}"))
    if job.finished_at is not None and not (tries and tries[-1].ended_at == job.finished_at):
        moments.append(Moment(job.finished_at, str(job.state)))
    return tuple(moments)
