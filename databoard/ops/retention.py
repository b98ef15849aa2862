"""Let go of what is kept for a time only: outputs of failed and cancelled submissions, and jobs that ended long ago.

Rows are changed only. Files that no row names any more go to the trash, see :mod:`databoard.services.base.trash`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from databoard.models import Job, Submission, SubmissionFold
from databoard.services.base.database import begin_writing
from databoard.states import ERROR_STATES, PENDING_JOB_STATES, SubmissionState

#: Rows that one statement changes, and that one call changes at most: the next call goes on.
AT_ONCE, MAX_ROWS = 500, 10_000
Changes = TypeVar("Changes", Update, Delete)
_ENDED_BADLY = ERROR_STATES | {SubmissionState.cancelled}


@dataclass(frozen=True)
class Collected:
    """What was let go, or would be.

    Attributes
    ----------
    n_outputs : int
        Submissions that lost their predictions and what they printed.
    n_jobs : int
        Jobs that were removed with their attempts and logs.
    has_more : bool
        Whether the next call finds more.
    """

    n_outputs: int
    n_jobs: int
    has_more: bool


def collect(
    session: Session,
    *,
    now: datetime,
    keep_outputs: timedelta,
    keep_jobs: timedelta,
    max_rows: int = MAX_ROWS,
    is_dry_run: bool = False,
) -> Collected:
    """Let go of old outputs of what failed or was cancelled, and of jobs that ended before.

    Scores, error messages, code and the logs of younger jobs stay.
    """
    outputs = list(session.scalars(_old_outputs(now - keep_outputs).limit(max_rows + 1)))
    jobs = list(session.scalars(_old_jobs(now - keep_jobs).limit(max_rows + 1)))
    has_more = max(len(outputs), len(jobs)) > max_rows
    outputs, jobs = outputs[:max_rows], jobs[:max_rows]
    if not is_dry_run:
        begin_writing(session)
        for ids in _batches(jobs):
            session.execute(_silently(delete(Job).where(Job.id.in_(ids), *_has_ended())))
        for ids in _batches(outputs):
            _forget_outputs(session, ids)
    return Collected(len(outputs), len(jobs), has_more)


def _old_outputs(before: datetime) -> Select[int]:
    has_printed = exists().where(SubmissionFold.submission_id == Submission.id, SubmissionFold.printed != "")
    return (
        select(Submission.id)
        .where(
            Submission.state.in_(_ENDED_BADLY),
            Submission.finished_at < before,
            or_(Submission.predictions_key != "", has_printed),
        )
        .order_by(Submission.id)
    )


def _old_jobs(before: datetime) -> Select[int]:
    return select(Job.id).where(*_has_ended(), Job.finished_at < before).order_by(Job.id)


def _has_ended() -> tuple[ColumnElement[bool]]:
    return (Job.state.not_in(PENDING_JOB_STATES),)


def _forget_outputs(session: Session, ids: list[int]) -> None:
    """Only of submissions that are not run again meanwhile: their rows are locked."""
    locked = select(Submission.id).where(Submission.id.in_(ids), Submission.state.in_(_ENDED_BADLY))
    still = list(session.scalars(locked.order_by(Submission.id).with_for_update(skip_locked=True)))
    printed = update(SubmissionFold).where(SubmissionFold.submission_id.in_(still)).values(printed="")
    session.execute(_silently(printed))
    session.execute(_silently(update(Submission).where(Submission.id.in_(still)).values(predictions_key="")))


def _silently(statement: Changes) -> Changes:
    return statement.execution_options(synchronize_session=False)


def _batches(ids: list[int]) -> list[list[int]]:
    return [ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE)]
