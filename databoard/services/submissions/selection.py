"""Select submissions by name, team, user, event, state or job. Only reads."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, selectinload

from databoard.models import Event, EventScoreType, EventTeam, Job, Submission, Team, User
from databoard.services.base import joins
from databoard.services.events import events
from databoard.services.teams import teams
from databoard.states import PENDING_JOB_STATES, ErrorCode, JobStep, SubmissionState

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


def filtered(query: Select[*Columns], filters: JobFilter) -> Select[*Columns]:
    """Return a `query` of submissions, or of what belongs to one, for those that match every value."""
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
    if filters.step is not None:
        of_step = and_(Job.step == filters.step, Job.state.in_(PENDING_JOB_STATES))
        query = query.where(Submission.jobs.any(of_step))
    if filters.job_id is not None:
        query = query.where(Submission.jobs.any(Job.id == filters.job_id))
    return query


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
