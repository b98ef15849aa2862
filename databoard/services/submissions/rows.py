"""The rows of submissions: find, create, change, delete and count them.

Called by `submit`, which has the rules, and by queries.
"""

import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from databoard.errors import NotFound
from databoard.models import (
    CVFold,
    Event,
    EventTeam,
    Submission,
    SubmissionFile,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
    Team,
)
from databoard.services.base import joins
from databoard.services.base.files import StoredFile
from databoard.services.boards import rows as boards
from databoard.services.events import ensembles
from databoard.services.queue import jobs
from databoard.states import JobStep, SubmissionState, SubmissionType


def by_name(session: Session, event_team: EventTeam, name: str) -> Submission | None:
    """Return the submission of a team by its name, read afresh; None without one."""
    return session.scalar(
        select(Submission)
        .where(Submission.event_team_id == event_team.id, Submission.name == name)
        .options(selectinload(Submission.files))
        .execution_options(populate_existing=True)
    )


def new(session: Session, event_team: EventTeam, name: str, type: SubmissionType) -> Submission:
    """Return a submission that is not written yet, with an address that cannot be guessed."""
    return Submission(event_team_id=event_team.id, name=name, slug=secrets.token_urlsafe(12), type=type)


def reset(session: Session, submission: Submission) -> Submission:
    """Forget files' rows, results and errors of a submission and set it back to new; it is not blended any more."""
    _clear_end(session, submission)
    session.execute(delete(SubmissionFold).where(SubmissionFold.submission_id == submission.id))
    submission.predictions_key = ""  # what lies on disk was predicted by other files
    _add_folds(session, submission)
    session.flush()
    session.expire(submission, ["folds", "scores"])
    return submission


def reopen(session: Session, submission: Submission) -> None:
    """Forget the scores of a submission and set it back to new; its predictions and times stay."""
    _clear_end(session, submission)
    drop_scores(session, submission.id)
    for fold in submission.folds:
        fold.state, fold.error_code, fold.error_message = SubmissionState.new, None, ""
    session.flush()
    session.expire(submission)


def keep_scores(session: Session, submission: Submission) -> None:
    """Set a scored submission back to new for a rerun; its scores, and its place on the boards, stay meanwhile.

    A submission that waits or runs and has scores is such a one, see :func:`has_kept_scores`.
    """
    submission.state = SubmissionState.new
    submission.training_started_at = submission.finished_at = None
    for fold in submission.folds:
        fold.state, fold.error_code, fold.error_message = SubmissionState.new, None, ""
    session.flush()


def has_kept_scores(session: Session, submission_id: int) -> bool:
    """Return whether a submission that waits or runs has the scores of an earlier run."""
    query = select(SubmissionScore.id).where(SubmissionScore.submission_id == submission_id).limit(1)
    return session.scalar(query) is not None


def drop_scores(session: Session, submission_id: int) -> None:
    """Delete the scores of a submission and of its folds, if it has any: others take their place."""
    session.execute(delete(SubmissionScore).where(SubmissionScore.submission_id == submission_id))
    folds = select(SubmissionFold.id).where(SubmissionFold.submission_id == submission_id)
    session.execute(delete(SubmissionFoldScore).where(SubmissionFoldScore.submission_fold_id.in_(folds)))


def forget_kept_scores(session: Session, submission_id: int) -> None:
    """Forget what an earlier run was scored, because the rerun failed; to be called before rows are loaded."""
    if not has_kept_scores(session, submission_id):
        return
    ensembles.request_blending_for(session, submission_id)
    drop_scores(session, submission_id)
    submission = session.get_one(Submission, submission_id, populate_existing=True)
    submission.predictions_key = ""
    submission.contributivity = submission.historical_contributivity = 0.0
    session.expire(submission, ["scores"])
    boards.refresh(session, submission.event_team.event_id, [submission_id])


def _clear_end(session: Session, submission: Submission) -> None:
    was_scored = submission.state is SubmissionState.scored or has_kept_scores(session, submission.id)
    if was_scored:
        ensembles.request_blending_for(session, submission.id)
    session.execute(delete(SubmissionScore).where(SubmissionScore.submission_id == submission.id))
    submission.state = SubmissionState.new
    submission.error_code, submission.error_message, submission.trace = None, "", ""
    submission.training_started_at = submission.finished_at = None
    submission.contributivity = submission.historical_contributivity = 0.0
    if was_scored:
        boards.refresh(session, submission.event_team.event_id, [submission.id])


def insert(session: Session, submission: Submission, files: dict[int, StoredFile], now: datetime) -> None:
    """Write the rows of a new or reset submission and its job; the caller holds the team's lock."""
    rows = {row.workflow_element_id: row for row in submission.files}
    if submission.id is None:
        session.add(submission)
        session.flush()
        _add_folds(session, submission)
    for element_id, file in files.items():
        row = rows.get(element_id)
        if row is None:
            row = SubmissionFile(submission_id=submission.id, workflow_element_id=element_id)
            session.add(row)
        row.sha256, row.size_bytes = file.sha256, file.size_bytes
    jobs.enqueue(session, submission=submission, now=now, step=JobStep.check)
    session.flush()
    session.expire(submission)


def _add_folds(session: Session, submission: Submission) -> None:
    fold_ids = session.scalars(
        select(CVFold.id)
        .join(EventTeam, EventTeam.event_id == CVFold.event_id)
        .where(EventTeam.id == submission.event_team_id)
        .order_by(CVFold.number)
    )
    session.add_all(SubmissionFold(submission_id=submission.id, cv_fold_id=fold_id) for fold_id in fold_ids)


def find(session: Session, *, event: Event, team_name: str, name: str) -> Submission:
    """Return the submission `name` of a team in an event; NotFound otherwise."""
    submission = session.scalar(
        joins.team_and_event(select(Submission)).where(
            Event.id == event.id, Team.name == team_name, Submission.name == name
        )
    )
    if submission is None:
        raise NotFound(f"Expected a submission of {team_name} in {event.name}, got {name!r}; there is none.")
    return submission
