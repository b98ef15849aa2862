"""The queue: rows claimed by one conditional update, held by a lease, given back when a worker is lost.

Every write of a worker names its lease, so a worker that was thought lost, or whose job was cancelled, can never
overwrite what happened since. Called by `worker`, `services.submissions` and `services.results`.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, and_, func, or_, select, update
from sqlalchemy.orm import Session

from databoard.errors import DataboardError
from databoard.forecasting.rules import PLAIN_RULES, QueueRules, cap_of_team
from databoard.models import Event, EventTeam, Job, JobAttempt, Submission
from databoard.services.base import joins
from databoard.services.base.database import begin_writing, n_changed, take_turn
from databoard.services.queue import order, wake, workers
from databoard.states import PENDING_JOB_STATES, ErrorCode, JobState, JobStep, SubmissionState

MAX_ATTEMPTS = 3
#: Any number that no other turn has.
CLAIM_TURN = 7_241_116
MAX_LOG_CHARACTERS = 20_000


class LeaseLost(DataboardError):
    """The job belongs to somebody else by now; what was computed for it is dropped."""


@dataclass(frozen=True)
class Claim:
    """A job as its worker holds it."""

    job_id: int
    submission_id: int
    lease: str
    attempt: int  # from 1
    step: JobStep = JobStep.train_test

    @property
    def is_scored_only(self) -> bool:
        """Whether earlier predictions are only scored again."""
        return self.step is JobStep.score


@dataclass(frozen=True)
class LeaseState:
    """What the queue answers to a sign of life."""

    is_held: bool
    is_cancel_requested: bool


def enqueue(
    session: Session,
    *,
    submission: Submission,
    now: datetime,
    priority: int = 0,
    step: JobStep = JobStep.train_test,
) -> Job:
    """Return the pending job of `submission`, a new one if there is none: never two steps at a time."""
    query = select(Job).where(Job.submission_id == submission.id, Job.state.in_(PENDING_JOB_STATES))
    job = session.scalar(query)
    if job is None:
        job = Job(submission_id=submission.id, step=step, priority=priority, created_at=now)
        session.add(job)
        wake.announce(session, _topic(step))
    return job


def lock_pending(session: Session, submission: Submission) -> Job | None:
    """Return the job of `submission` that waits or runs, locked and read afresh; None without one."""
    begin_writing(session)
    query = select(Job).where(Job.submission_id == submission.id, Job.state.in_(PENDING_JOB_STATES))
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def lock_pending_of_event(session: Session, event: Event) -> None:
    """Lock every job of an event that waits or runs, before its submissions are touched."""
    begin_writing(session)
    query = joins.event_team(joins.submission_of_job(select(Job.id))).where(
        EventTeam.event_id == event.id, Job.state.in_(PENDING_JOB_STATES)
    )
    session.scalars(query.order_by(Job.id).with_for_update(of=Job)).all()


def withdraw(session: Session, submission: Submission, *, now: datetime) -> None:
    """Cancel the job of `submission` that waits or runs; a worker that holds it loses its lease."""
    job = lock_pending(session, submission)
    if job is not None:
        finish(session, job, state=JobState.cancelled, error_code=ErrorCode.cancelled, now=now)
        session.flush()


def claim_next(
    session: Session,
    *,
    worker: str,
    now: datetime,
    steps: Collection[JobStep] = tuple(JobStep),
    rules: QueueRules = PLAIN_RULES,
) -> Claim | None:
    """Take the next waiting job of one of `steps` for `worker`; None when nothing waits that may start.

    `order` chooses the job. A worker that is drained takes none. Workers claim one after the other. Otherwise two
    workers could count the running jobs of a team at the same moment, and together exceed its limit.
    """
    if not order.is_any_waiting(session, steps=steps):  # most looks of a worker end here, without a lock
        return None
    take_turn(session, CLAIM_TURN)
    if workers.is_draining(session, worker):
        return None
    cap = cap_of_team(rules, workers.n_alive(session, now=now, lease_s=rules.lease_s))
    while (job_id := order.next_job_id(session, steps=steps, cap=cap, now=now)) is not None:
        lease = secrets.token_hex(16)
        taken = (
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.waiting)
            .values(
                state=JobState.started,
                lease=lease,
                worker=worker,
                started_at=now,
                heartbeat_at=now,
                n_attempts=Job.n_attempts + 1,
            )
            .execution_options(synchronize_session=False)
        )
        if n_changed(session, taken) == 1:
            return _open_attempt(session, job_id, lease, worker, now)
    return None


def heartbeat(session: Session, claim: Claim, *, now: datetime) -> LeaseState:
    """Say that the worker lives; learn whether it still holds the job and whether to stop."""
    held = n_changed(session, _held(claim).values(heartbeat_at=now)) == 1
    is_cancel_requested = bool(session.scalar(select(Job.is_cancel_requested).where(Job.id == claim.job_id)))
    return LeaseState(held, is_cancel_requested)


def poll(session: Session, claim: Claim, *, now: datetime) -> LeaseState:
    """Learn what :func:`heartbeat` answers, writing nothing."""
    query = select(Job.lease, Job.is_cancel_requested).where(Job.id == claim.job_id)
    lease, is_cancel_requested = session.execute(query).one_or_none() or ("", False)
    return LeaseState(lease == claim.lease, is_cancel_requested)


def lock_held(session: Session, claim: Claim, *, now: datetime) -> Job:
    """Lock the job for the rest of this transaction and return it.

    Raises
    ------
    LeaseLost
        If the lease is no longer ours; nothing may be written then.
    """
    begin_writing(session)
    if n_changed(session, _held(claim).values(heartbeat_at=now)) != 1:
        raise LeaseLost(
            f"Job {claim.job_id} does not belong to this worker any more: another worker has it, or it was cancelled."
        )
    return session.get_one(Job, claim.job_id, populate_existing=True)


def has_succeeded(session: Session, claim: Claim, *, now: datetime) -> bool:
    """Return whether this very attempt is on record as the one that came through."""
    query = select(JobAttempt.outcome).where(
        JobAttempt.job_id == claim.job_id, JobAttempt.lease == claim.lease
    )
    return session.scalar(query) == JobState.success


def finish(
    session: Session,
    job: Job,
    *,
    state: JobState,
    now: datetime,
    error_code: ErrorCode | None = None,
    log: str = "",
) -> None:
    """End a held job and its attempt."""
    lease, job.lease, job.heartbeat_at = job.lease, None, None
    job.state, job.error_code, job.finished_at = state, error_code, now
    _close_attempt(session, job, lease, outcome=str(state), error_code=error_code, log=log, now=now)


def hand_back(
    session: Session, job: Job, *, code: ErrorCode | None, log: str, now: datetime, is_counted: bool = True
) -> bool:
    """Let another worker try after a platform fault, at most three times; return whether it will.

    With `is_counted` false (a worker that is told to stop) the attempt does not count.
    """
    if is_counted and job.n_attempts >= MAX_ATTEMPTS:
        finish(session, job, state=JobState.error, error_code=code, log=log, now=now)
        return False
    _close_attempt(session, job, job.lease, outcome="handed back", error_code=code, log=log, now=now)
    job.state = JobState.waiting
    job.lease = job.heartbeat_at = job.started_at = None
    if not is_counted:
        # The attempt's row stays as history under its own number; only the count that limits retries goes back.
        job.n_attempts -= 1
    wake.announce(session, _topic(job.step))
    return True


def lost_leases(session: Session, job: Job) -> list[str]:
    """Return the leases under which earlier attempts at `job` were lost or handed back: no row names them."""
    query = select(JobAttempt.lease).where(JobAttempt.job_id == job.id, JobAttempt.lease != job.lease)
    return [lease for lease in session.scalars(query) if lease]


def reap(session: Session, *, now: datetime, lease_s: float) -> list[tuple[Job, bool]]:
    """Give jobs whose worker fell silent to others; return each with whether it is tried again."""
    begin_writing(session)
    silent = session.scalars(
        select(Job)
        .where(Job.state == JobState.started, Job.heartbeat_at < now - timedelta(seconds=lease_s))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [
        (
            job,
            hand_back(
                session,
                job,
                code=ErrorCode.worker_lost,
                now=now,
                log=f"No sign of life from {job.worker} since {job.heartbeat_at:%Y-%m-%d %H:%M:%S} UTC.",
            ),
        )
        for job in silent
    ]


def n_pending(session: Session) -> int:
    """Return how many jobs run, or wait and may start; those of frozen events may not."""
    query = joins.event_team(joins.submission_of_job(select(func.count(Job.id))))
    may_start = and_(Job.state == JobState.waiting, order.is_of_thawed_event())
    return session.scalar(query.where(or_(Job.state == JobState.started, may_start))) or 0


def _topic(step: JobStep) -> wake.Topic:
    return wake.Topic.checks if step is JobStep.check else wake.Topic.training


def _held(claim: Claim) -> Update:
    return (
        update(Job)
        .where(Job.id == claim.job_id, Job.lease == claim.lease, Job.state == JobState.started)
        .execution_options(synchronize_session=False)
    )


def _open_attempt(session: Session, job_id: int, lease: str, worker: str, now: datetime) -> Claim:
    job = session.get_one(Job, job_id, populate_existing=True)
    number = 1 + (session.scalar(select(func.max(JobAttempt.number)).where(JobAttempt.job_id == job_id)) or 0)
    session.add(JobAttempt(job_id=job_id, number=number, lease=lease, worker=worker, started_at=now))
    if job.step is not JobStep.check:  # a checked submission stays new: it has no slot yet
        job.submission.state = SubmissionState.sent_to_training
    session.flush()
    return Claim(job_id, job.submission_id, lease, job.n_attempts, job.step)


def _close_attempt(
    session: Session,
    job: Job,
    lease: str | None,
    *,
    outcome: str,
    error_code: ErrorCode | None,
    log: str,
    now: datetime,
) -> None:
    session.execute(
        update(JobAttempt)
        .where(JobAttempt.job_id == job.id, JobAttempt.lease == lease)
        .values(ended_at=now, outcome=outcome, error_code=error_code, log=log[-MAX_LOG_CHARACTERS:])
    )
