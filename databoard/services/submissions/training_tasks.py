"""Build the task that the runner gets: to train a submission, or to blend an event."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from databoard.models import (
    Event,
    EventScoreType,
    EventTeam,
    Problem,
    Submission,
    SubmissionFile,
    SubmissionFold,
)
from databoard.services.base.files import FileStore
from databoard.services.events.folds import folds_of
from databoard.services.events.limits import limits_of

if TYPE_CHECKING:
    from databoard.runner import TrainingTask


def load(session: Session, submission_id: int) -> Submission:
    """Return a submission with all that results hang on, in a constant number of queries."""
    event = selectinload(Submission.event_team).selectinload(EventTeam.event)
    return session.scalars(
        select(Submission)
        .where(Submission.id == submission_id)
        .options(
            event.selectinload(Event.score_types).selectinload(EventScoreType.score_type),
            event.selectinload(Event.cv_folds),
            event.selectinload(Event.problem).selectinload(Problem.workflow),
            selectinload(Submission.files).selectinload(SubmissionFile.workflow_element),
            selectinload(Submission.folds).selectinload(SubmissionFold.cv_fold),
            selectinload(Submission.folds).selectinload(SubmissionFold.scores),
            selectinload(Submission.scores),
        )
        .execution_options(populate_existing=True)
    ).one()


def task_of(submission: Submission, store: FileStore) -> "TrainingTask":
    """Return everything the runner needs to know about a submission that :func:`load` returned."""
    event = submission.event_team.event
    return replace(blending_task(event, store), files=files_by_name(submission, store))


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


def files_by_name(submission: Submission, store: FileStore) -> dict[str, bytes]:
    """Return the content of the files of a submission by their names."""
    return {file.workflow_element.file_name: store.read(file.sha256) for file in submission.files}
