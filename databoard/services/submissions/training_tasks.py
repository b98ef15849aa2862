"""Build the task that the runner gets: to train a submission, or to blend an event."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from databoard.models import (
    CVFold,
    Event,
    EventTeam,
    Submission,
    SubmissionFile,
    SubmissionFold,
    WorkflowElement,
)
from databoard.services.base.files import FileStore
from databoard.services.events.folds import folds_of
from databoard.services.events.limits import limits_of

if TYPE_CHECKING:
    from databoard.runner import TrainingTask


def load(session: Session, submission_id: int) -> Submission:
    """Return a submission with event, problem, score types and the numbers of its folds, in three queries.

    Each click on *Submit* comes here four times before its row is on the board.
    """
    event = joinedload(Submission.event_team, innerjoin=True).joinedload(EventTeam.event, innerjoin=True)
    fold = selectinload(Submission.folds).joinedload(SubmissionFold.cv_fold, innerjoin=True)
    return session.scalars(
        select(Submission)
        .where(Submission.id == submission_id)
        .options(
            event.joinedload(Event.problem, innerjoin=True),
            event.selectinload(Event.score_types),
            fold.load_only(CVFold.number),
        )
        .execution_options(populate_existing=True)
    ).one()


def task_of(session: Session, submission: Submission, store: FileStore) -> "TrainingTask":
    """Return everything the runner needs to know about a submission that :func:`load` returned."""
    event = submission.event_team.event
    return replace(blending_task(event, store), files=files_by_name(session, submission, store))


def blending_task(event: Event, store: FileStore) -> "TrainingTask":
    """Return the task of an event without any submission's files: its kit, folds, limits and scores."""
    from databoard.kits import find_environment
    from databoard.runner import TrainingTask

    kit_path = store.kit_path(event.problem.name)
    return TrainingTask(
        kit_path=kit_path,
        kit_version=event.problem.kit_version,
        folds=folds_of(event),
        files={},
        limits=limits_of(event),
        scores=tuple((score.name, score.kit_name) for score in event.score_types),
        official=event.official_score.name,
        environment=find_environment(store.home, kit_path),
        resources=event.resources,
    )


def open_soon(session: Session, store: FileStore, *, now: datetime, ahead: timedelta) -> "list[TrainingTask]":
    """Return a task without files for each kit of an event that is open or opens within `ahead`.

    The kits of the events that got a submission last come first, then those that open first.
    """
    latest = func.max(EventTeam.last_submitted_at)
    query = (
        select(Event)
        .outerjoin(EventTeam)
        .where(Event.opens_at <= now + ahead, or_(Event.closes_at.is_(None), Event.closes_at > now))
        .group_by(Event.id)
        .order_by(latest.is_(None), latest.desc(), Event.opens_at, Event.id)
    )
    return [blending_task(event, store) for event in session.scalars(query)]


def files_by_name(session: Session, submission: Submission, store: FileStore) -> dict[str, bytes]:
    """Return the content of the files of a submission by their names."""
    query = (
        select(WorkflowElement, SubmissionFile.sha256)
        .join(SubmissionFile, SubmissionFile.workflow_element_id == WorkflowElement.id)
        .where(SubmissionFile.submission_id == submission.id)
    )
    return {element.file_name: store.read(sha256) for element, sha256 in session.execute(query)}
