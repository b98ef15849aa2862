"""Cancel and rerun jobs by hand: by submission, team, user, event or state, one or many, tried dry first.

Called by the fab tasks and the pages. What a worker holds is taken from it at once: its late result finds its lease
gone and writes nothing, and it ends the processes when it looks next, 2 s later at most.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVarTuple

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, selectinload

from databoard.errors import Conflict
from databoard.models import Event, EventTeam, Job, Submission, SubmissionFold, Team, User
from databoard.services.base import audit
from databoard.services.base.database import begin_writing
from databoard.services.queue import jobs
from databoard.services.submissions import endings, quota, submit
from databoard.states import PENDING_JOB_STATES, ErrorCode, JobState, JobStep, SubmissionState

if TYPE_CHECKING:
    from sqlalchemy.orm.strategy_options import _AbstractLoad  # what selectinload returns

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class JobFilter:
    """Which submissions are meant: those that fit every given word.

    `user` is who submitted; `step` is that of a job which waits or runs.
    """

    submission: str | None = None
    team: str | None = None
    user: str | None = None
    event: str | None = None
    states: Collection[SubmissionState] = ()
    error_code: ErrorCode | None = None
    step: JobStep | None = None
    job_id: int | None = None
    submission_id: int | None = None


@dataclass(frozen=True)
class ControlRow:
    """What was done, or would be, to one submission; `job_id` is None without a job."""

    job_id: int | None
    submission_id: int
    event: str
    team: str
    submission: str
    old_state: str
    outcome: str


def cancel(
    session: Session, filters: JobFilter, *, actor: User | None, now: datetime, is_dry_run: bool = False
) -> list[ControlRow]:
    """Cancel the jobs that wait or run for these submissions, with them; give back what quota they took.

    Returns
    -------
    list of ControlRow
        One a job, the oldest first; empty when none is pending.
    """
    query = _filtered(select(Job).join(Submission, Submission.id == Job.submission_id), filters)
    query = query.where(Job.state.in_(PENDING_JOB_STATES)).order_by(Job.id)
    if not is_dry_run:  # jobs first, in one order: workers lock in this order too
        begin_writing(session)
        query = query.with_for_update(of=Job)
    found = session.scalars(query.options(*_loaded()).execution_options(populate_existing=True)).all()
    rows = []
    for job in found:
        outcome = "cancelled" if job.state is JobState.waiting else f"cancelled, taken from {job.worker}"
        rows.append(_row(job.submission, job, f"would be {outcome}" if is_dry_run else outcome))
        if not is_dry_run:
            _cancel(session, job, actor, now)
    session.flush()
    return rows


def cancel_one(session: Session, submission: Submission, *, user: User, now: datetime) -> None:
    """Cancel a submission that waits or runs; who may is told by `access.can_cancel`.

    Raises
    ------
    Conflict
        If it ended meanwhile.
    """
    if not cancel(session, JobFilter(submission_id=submission.id), actor=user, now=now):
        raise Conflict(f"{submission.name} is {submission.state} by now; there is nothing to cancel.")


def rerun(
    session: Session,
    filters: JobFilter,
    *,
    from_step: JobStep,
    actor: User | None,
    now: datetime,
    priority: int = 0,
    is_dry_run: bool = False,
) -> list[ControlRow]:
    """Queue these submissions again from a step on; those that cannot be are skipped, each with the reason.

    From ``check`` and ``train_test`` all results are forgotten; from ``score`` its predictions are scored again,
    which needs no jail. A rerun takes no quota.
    """
    query = _filtered(select(Submission), filters).order_by(Submission.id).options(*_loaded_submission())
    rows = []
    for submission in session.scalars(query).all():
        why_not = submit.obstacle(submission, from_step)
        before = _row(submission, None, "")
        if not why_not and not is_dry_run:
            why_not = _rerun(session, submission, from_step, priority, actor, now)
        done = f"would be queued from {from_step}" if is_dry_run else f"queued from {from_step}"
        rows.append(replace(before, outcome=f"skipped: {why_not}" if why_not else done))
    session.flush()
    return rows


def _cancel(session: Session, job: Job, actor: User | None, now: datetime) -> None:
    submission, old_state = job.submission, job.submission.state
    text = f"Cancelled by {actor.name if actor else 'the organisers'}."
    endings.end(submission, SubmissionState.cancelled, ErrorCode.cancelled, text, "", now)
    quota.refund_cancelled(session, submission, now=now)
    jobs.finish(session, job, state=JobState.cancelled, error_code=ErrorCode.cancelled, now=now)
    _audit(session, "cancel", submission, actor, now, old=str(old_state), step=str(job.step))


def _rerun(
    session: Session, submission: Submission, step: JobStep, priority: int, actor: User | None, now: datetime
) -> str:
    """Queue a submission again; return why not, empty when it is."""
    old_state = submission.state
    try:
        submit.rerun(session, submission, now=now, step=step, priority=priority)
    except Conflict as conflict:  # somebody was faster
        return str(conflict)
    _audit(session, "rerun", submission, actor, now, old=str(old_state), step=str(step))
    return ""


def _filtered(query: Select[*Columns], filters: JobFilter) -> Select[*Columns]:
    query = query.join(EventTeam, EventTeam.id == Submission.event_team_id)
    query = query.join(Event, Event.id == EventTeam.event_id).join(Team, Team.id == EventTeam.team_id)
    wanted = {
        Submission.name: filters.submission,
        Submission.id: filters.submission_id,
        Submission.error_code: filters.error_code,
        Team.name: filters.team,
        Event.name: filters.event,
    }
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if filters.states:
        query = query.where(Submission.state.in_(filters.states))
    if filters.user is not None:
        query = query.where(Submission.user.has(User.name == filters.user))
    if filters.step is not None:
        of_step = and_(Job.step == filters.step, Job.state.in_(PENDING_JOB_STATES))
        query = query.where(Submission.jobs.any(of_step))
    if filters.job_id is not None:
        query = query.where(Submission.jobs.any(Job.id == filters.job_id))
    return query


def _loaded() -> "tuple[_AbstractLoad, ...]":
    return tuple(selectinload(Job.submission).options(option) for option in _loaded_submission())


def _loaded_submission() -> "tuple[_AbstractLoad, ...]":
    place = selectinload(Submission.event_team)
    return (
        place.selectinload(EventTeam.event),
        place.selectinload(EventTeam.team),
        selectinload(Submission.folds).selectinload(SubmissionFold.cv_fold),
    )


def _row(submission: Submission, job: Job | None, outcome: str) -> ControlRow:
    event_team = submission.event_team
    names = (event_team.event.name, event_team.team.name, submission.name)
    return ControlRow(job.id if job else None, submission.id, *names, str(submission.state), outcome)


def _audit(
    session: Session, action: str, submission: Submission, actor: User | None, now: datetime, **detail: object
) -> None:
    event_team = submission.event_team
    name = f"{event_team.event.name}/{event_team.team.name}/{submission.name}"
    audit.record(
        session, actor=actor, action=action, object_type="submission", object_name=name, now=now, **detail
    )
