"""One submission as its organisers see it: its jobs with their attempts, its files, who did what to it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from databoard.errors import NotFound
from databoard.models import (
    AuditEntry,
    Event,
    EventAdmin,
    EventTeam,
    Submission,
    SubmissionFile,
    User,
    WorkflowElement,
)
from databoard.queries import job_page
from databoard.queries.job_page import AttemptRow, SiblingRow
from databoard.queries.tables.audit import NO_ACTOR
from databoard.services.people.rights import Asker

#: The latest changes that the page shows; the table of the audit has all.
N_CHANGES = 50


@dataclass(frozen=True)
class FileRow:
    """A file of a submission."""

    element: str
    filename: str
    size_bytes: int


@dataclass(frozen=True)
class ChangeRow:
    """Who changed what in a submission."""

    at: datetime
    actor: str
    action: str
    detail: str


@dataclass(frozen=True)
class StepRow:
    """A job of a submission, with its attempts."""

    job: SiblingRow
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True)
class AdministeredView:
    """Everything the page for organisers shows of a submission."""

    submission: Submission
    event: Event
    team_name: str
    steps: tuple[StepRow, ...]
    files: tuple[FileRow, ...]
    changes: tuple[ChangeRow, ...]


def find(session: Session, submission_id: int, *, user: Asker) -> Submission:
    """Return a submission with its team and event, in one query.

    Raises
    ------
    NotFound
        If there is none of this number in an event that the user runs.
    """
    team = contains_eager(Submission.event_team)
    query = (
        select(Submission)
        .join(Submission.event_team)
        .join(EventTeam.team)
        .join(EventTeam.event)
        .where(Submission.id == submission_id)
        .options(
            team.options(contains_eager(EventTeam.event), contains_eager(EventTeam.team)),
            joinedload(Submission.user),
        )
    )
    if not user.is_admin:
        query = query.where(exists().where(EventAdmin.event_id == Event.id, EventAdmin.admin_id == user.id))
    submission = session.scalar(query)
    if submission is None:
        raise NotFound(f"There is no submission {submission_id} that you may see.")
    return submission


def view(session: Session, submission: Submission, *, sees_faults: bool, now: datetime) -> AdministeredView:
    """Return the page of a submission that `find` returned, in four queries."""
    event, team = submission.event_team.event, submission.event_team.team
    jobs = job_page.siblings(session, submission.id)
    tries = job_page.attempts(session, [job.id for job in jobs], sees_faults=sees_faults, now=now)
    name = f"{event.name}/{team.name}/{submission.name}"
    return AdministeredView(
        submission=submission,
        event=event,
        team_name=team.name,
        steps=tuple(StepRow(job, tries[job.id]) for job in jobs),
        files=_files(session, submission.id),
        changes=_changes(session, name, since=submission.submitted_at),
    )


def _files(session: Session, submission_id: int) -> tuple[FileRow, ...]:
    query = (
        select(SubmissionFile)
        .join(SubmissionFile.workflow_element)
        .where(SubmissionFile.submission_id == submission_id)
        .order_by(WorkflowElement.position)
        .options(contains_eager(SubmissionFile.workflow_element))
    )
    return tuple(
        FileRow(row.workflow_element.name, row.workflow_element.file_name, row.size_bytes)
        for row in session.scalars(query)
    )


def _changes(session: Session, name: str, *, since: datetime) -> tuple[ChangeRow, ...]:
    query = (
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(
            AuditEntry.object_type == "submission",
            AuditEntry.object_name == name,
            AuditEntry.at >= since,  # another one may have had this name before
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(N_CHANGES)
    )
    return tuple(
        ChangeRow(entry.at, actor or NO_ACTOR, entry.action, _words(entry.detail))
        for entry, actor in session.execute(query)
    )


def _words(detail: dict[str, object] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (detail or {}).items())
