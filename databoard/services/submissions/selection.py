"""Select submissions by name, team, user, event, state or job. Only reads."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, selectinload

from databoard.errors import InvalidParameter
from databoard.models import (
    Event,
    EventAdmin,
    EventScoreType,
    EventTeam,
    Job,
    Submission,
    SubmissionFold,
    Team,
    User,
)
from databoard.services.base import joins
from databoard.services.events import events
from databoard.services.teams import teams
from databoard.states import PENDING_JOB_STATES, ErrorCode, JobState, JobStep, SubmissionState, SubmissionType

if TYPE_CHECKING:
    from sqlalchemy.orm.strategy_options import _AbstractLoad  # what selectinload returns

Columns = TypeVarTuple("Columns")
#: What a priority is called; a higher number goes first.
PRIORITIES = {"low": -1, "normal": 0, "high": 1}


@dataclass(frozen=True)
class JobFilter:
    """Which submissions are meant: those that fit every given word.

    Attributes
    ----------
    user : str or None
        Who submitted.
    is_deposited : bool
        Only what organisers deposited, such as starting kits.
    organiser_id : int or None
        Only events that this user administers.
    job_states, step, worker, queued_before, job_id
        Of a job: which one of a submission, and which jobs of all.
    """

    submission: str | None = None
    team: str | None = None
    user: str | None = None
    event: str | None = None
    states: Collection[SubmissionState] = ()
    error_code: ErrorCode | None = None
    submission_id: int | None = None
    submission_ids: Collection[int] | None = None
    is_deposited: bool = False
    organiser_id: int | None = None
    job_states: Collection[JobState] = ()
    step: JobStep | None = None
    worker: str | None = None
    queued_before: datetime | None = None
    job_id: int | None = None
    job_ids: Collection[int] | None = None


@dataclass(frozen=True)
class ControlRow:
    """What was done, or would be, to one submission; `job_id` and `job_state` are None without a job.

    The states are those before.
    """

    job_id: int | None
    job_state: str | None
    submission_id: int
    event: str
    team: str
    submission: str
    old_state: str
    outcome: str

    @property
    def is_skipped(self) -> bool:
        """Whether nothing was done, for the reason that the outcome says."""
        return self.outcome.startswith("skipped")


def priority_named(text: str) -> int:
    """Return the priority that `text` names.

    Raises
    ------
    InvalidParameter
        Naming all priorities.
    """
    if text not in PRIORITIES:
        raise InvalidParameter(f"Expected a priority of {', '.join(PRIORITIES)}, got {text[:40]!r}.")
    return PRIORITIES[text]


def filtered(query: Select[*Columns], filters: JobFilter) -> Select[*Columns]:
    """Return a `query` of submissions, or of what belongs to one, for those that match every value.

    What a filter says of jobs has to be true of one job of the submission.
    """
    query = joins.team_and_event(query)
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
    if filters.submission_ids is not None:
        query = query.where(Submission.id.in_(filters.submission_ids))
    if filters.is_deposited:
        query = query.where(Submission.type == SubmissionType.deposited)
    if filters.organiser_id is not None:
        own = select(EventAdmin.event_id).where(EventAdmin.admin_id == filters.organiser_id)
        query = query.where(Event.id.in_(own))
    of_job = job_conditions(filters)
    return query.where(Submission.jobs.any(and_(*of_job))) if of_job else query


def job_conditions(filters: JobFilter) -> list[ColumnElement[bool]]:
    """Return what a filter says of jobs."""
    wanted = {Job.id: filters.job_id, Job.step: filters.step, Job.worker: filters.worker}
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if filters.job_states:
        conditions.append(Job.state.in_(filters.job_states))
    if filters.job_ids is not None:
        conditions.append(Job.id.in_(filters.job_ids))
    if filters.queued_before is not None:
        conditions.append(Job.created_at <= filters.queued_before)
    return conditions


def pending_jobs(filters: JobFilter) -> Select[Job]:
    """Return the query of the waiting and running jobs that are meant, each with its submission, the oldest first."""
    query = filtered(joins.submission_of_job(select(Job)), filters).where(*job_conditions(filters))
    with_submission = (selectinload(Job.submission).options(option) for option in _loaded())
    return query.where(Job.state.in_(PENDING_JOB_STATES)).order_by(Job.id).options(*with_submission)


def chosen_submissions(filters: JobFilter) -> Select[Submission]:
    """Return the query of the submissions that are meant, the oldest first."""
    return filtered(select(Submission), filters).order_by(Submission.id).options(*_loaded())


def obstacle(submission: Submission, step: JobStep) -> str:
    """Return why a submission cannot run again from `step` on; empty when it can."""
    if submission.is_pending:
        return f"is {submission.state} already; it will be trained"
    if step is JobStep.score and not submission.predictions_key:
        return "has no stored predictions; run it again from train_test"
    return ""


def cancel_outcome(job: Job, *, is_requeued: bool = False) -> str:
    """Return what cancelling a job comes to."""
    taken = "" if job.state is JobState.waiting else f", taken from {job.worker}"
    return f"cancelled{taken}{', waits again' if is_requeued else ''}"


def control_row(submission: Submission, job: Job | None, outcome: str) -> ControlRow:
    """Return the row of what is done to a submission, and to one of its jobs."""
    names = (submission.event_team.event.name, submission.event_team.team.name, submission.name)
    job_id, job_state = (job.id, str(job.state)) if job else (None, None)
    return ControlRow(job_id, job_state, submission.id, *names, str(submission.state), outcome)


def selected(
    session: Session,
    *,
    event_name: str | None,
    team_name: str | None,
    name: str | None,
    state: SubmissionState | None = None,
) -> list[Submission]:
    """Return the submissions that match every given value, the oldest first.

    Raises
    ------
    NotFound
        If there is no such event or team.
    """
    query = joins.team_and_event(select(Submission))
    if event_name:
        query = query.where(Event.id == events.event_by_name(session, event_name).id)
    if team_name:
        query = query.where(Team.id == teams.team_by_name(session, team_name).id)
    if name:
        query = query.where(Submission.name == name)
    if state:
        query = query.where(Submission.state == state)
    event = selectinload(Submission.event_team).selectinload(EventTeam.event)
    return list(
        session.scalars(
            query.order_by(Submission.submitted_at, Submission.id).options(
                event.selectinload(Event.score_types).selectinload(EventScoreType.score_type)
            )
        )
    )


def _loaded() -> "tuple[_AbstractLoad, ...]":
    place = selectinload(Submission.event_team)
    return (
        place.selectinload(EventTeam.event),
        place.selectinload(EventTeam.team),
        selectinload(Submission.folds).selectinload(SubmissionFold.cv_fold),
    )
