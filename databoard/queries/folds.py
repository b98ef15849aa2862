"""The folds of a submission as its page, JSON and CSV show them: scores, times, memory, errors."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import CVFold, EventScoreType, Submission, SubmissionFold
from databoard.queries import measured
from databoard.queries.measured import Measured, MeasuredFold
from databoard.scoring.shown_digits import ScoreCell, score_cell, shown_time_s


@dataclass(frozen=True)
class FoldRow:
    """One fold of a submission; what tells of the test step is empty while test scores are hidden."""

    number: int
    state: str
    train: tuple[ScoreCell, ...]
    valid: tuple[ScoreCell, ...]
    test: tuple[ScoreCell, ...]
    train_time_s: float | None
    valid_time_s: float | None
    test_time_s: float | None
    cpu_time_s: float | None
    max_rss_bytes: int | None
    error_code: str
    message: str


@dataclass(frozen=True)
class PrintedRow:
    """What one fold of a submission printed."""

    number: int
    state: str
    text: str


def printed(session: Session, submission: Submission) -> tuple[PrintedRow, ...]:
    """Return what each fold printed before the hidden test rows came in; folds that printed nothing are left out."""
    query = (
        select(CVFold.number, SubmissionFold.state, SubmissionFold.printed)
        .join(CVFold)
        .where(SubmissionFold.submission_id == submission.id, SubmissionFold.printed != "")
        .order_by(CVFold.number)
    )
    return tuple(PrintedRow(number, str(state), text) for number, state, text in session.execute(query))


def of_submission(session: Session, submission: Submission, *, can_see_test: bool) -> tuple[FoldRow, ...]:
    """Return the folds of a submission in order, in one query."""
    return fold_rows(submission, measured.of_submission(session, submission), can_see_test=can_see_test)


def fold_rows(submission: Submission, found: Measured, *, can_see_test: bool) -> tuple[FoldRow, ...]:
    """Return the same from what is read already."""
    score_types = submission.event_team.event.score_types
    return tuple(_row(fold, score_types, can_see_test) for fold in found.folds)


def _row(found: MeasuredFold, score_types: list[EventScoreType], can_see_test: bool) -> FoldRow:
    fold = found.row

    def cells(part: str) -> tuple[ScoreCell, ...]:
        return tuple(score_cell(kind, getattr(found.scores.get(kind.id), part, None)) for kind in score_types)

    return FoldRow(
        number=found.number,
        state=str(fold.state),
        train=cells("train_score"),
        valid=cells("valid_score"),
        test=cells("test_score") if can_see_test else (),
        train_time_s=shown_time_s(fold.train_time_s),
        valid_time_s=shown_time_s(fold.valid_time_s),
        test_time_s=shown_time_s(fold.test_time_s) if can_see_test else None,
        cpu_time_s=shown_time_s(fold.cpu_time_s),
        max_rss_bytes=fold.max_rss_bytes,
        error_code=str(fold.error_code or ""),
        message=fold.error_message,
    )
