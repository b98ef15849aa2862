"""What was measured of submissions, a query for a list or a page. Called by `submissions` and `folds`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, select
from sqlalchemy.orm import Session, defer
from sqlalchemy.orm.attributes import set_committed_value

from databoard.models import (
    CVFold,
    Event,
    EventScoreType,
    Job,
    Submission,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
)
from databoard.states import PENDING_STATES, JobState, JobStep, SubmissionState

#: The states of folds that have not ended.
_NOT_DONE = PENDING_STATES - {SubmissionState.tested}

#: Scores by the number of their score type.
Scores = dict[int, SubmissionScore]


@dataclass(frozen=True)
class FoldTotals:
    """The folds of a submission in sum; a time is None before any fold has it."""

    train_time_s: float | None
    valid_time_s: float | None
    cpu_time_s: float | None
    n_folds: int
    n_done: int


@dataclass(frozen=True)
class MeasuredFold:
    """A fold of a submission with its scores, and how many characters it printed."""

    number: int
    row: SubmissionFold
    n_printed: int
    scores: dict[int, SubmissionFoldScore]


@dataclass(frozen=True)
class Measured:
    """All that was measured of one submission, the folds in order."""

    scores: Scores
    folds: tuple[MeasuredFold, ...]
    is_checking: bool

    @property
    def totals(self) -> FoldTotals:
        rows = [fold.row for fold in self.folds]
        return FoldTotals(
            train_time_s=_sum(row.train_time_s for row in rows),
            valid_time_s=_sum(row.valid_time_s for row in rows),
            cpu_time_s=_sum(row.cpu_time_s for row in rows),
            n_folds=len(rows),
            n_done=sum(row.state not in _NOT_DONE for row in rows),
        )

    @property
    def n_printed(self) -> int:
        return sum(fold.n_printed for fold in self.folds)


def total_columns() -> tuple[ScalarSelect[object], ...]:
    """Return the columns of :class:`FoldTotals`, for a query of submissions."""
    values = (
        func.sum(SubmissionFold.train_time_s),
        func.sum(SubmissionFold.valid_time_s),
        func.sum(SubmissionFold.cpu_time_s),
        func.count(SubmissionFold.id),
        func.count(SubmissionFold.id).filter(SubmissionFold.state.not_in(_NOT_DONE)),
    )
    return tuple(
        select(value)
        .where(SubmissionFold.submission_id == Submission.id)
        .correlate(Submission)
        .scalar_subquery()
        for value in values
    )


def is_checking() -> ColumnElement[bool]:
    """Return the column that says whether a submission is being checked now, for a query of submissions."""
    return exists().where(
        Job.submission_id == Submission.id, Job.step == JobStep.check, Job.state == JobState.started
    )


def scores_of(session: Session, event: Event, submission_ids: Collection[int]) -> dict[int, Scores]:
    """Return the scores of submissions of an event by their number; loads the score types of the event, too."""
    is_of_these = and_(
        SubmissionScore.event_score_type_id == EventScoreType.id,
        SubmissionScore.submission_id.in_(submission_ids),
    )
    query = (
        select(EventScoreType, SubmissionScore)
        .outerjoin(SubmissionScore, is_of_these)
        .where(EventScoreType.event_id == event.id)
        .order_by(EventScoreType.position)
        .options(defer(SubmissionScore.valid_bags), defer(SubmissionScore.test_bags))
    )
    kinds: dict[int, EventScoreType] = {}
    found: dict[int, Scores] = {}
    for kind, score in session.execute(query):
        kinds[kind.id] = kind
        if score is not None:
            found.setdefault(score.submission_id, {})[kind.id] = score
    set_committed_value(event, "score_types", list(kinds.values()))
    return found


def of_submission(session: Session, submission: Submission) -> Measured:
    """Return all that was measured of a submission; loads the score types of its event, too."""
    event = submission.event_team.event
    kinds: dict[int, EventScoreType] = {}
    scores: Scores = {}
    folds: dict[int, MeasuredFold] = {}
    is_checked_now = False
    for kind, score, fold, number, n_printed, fold_score, is_now in session.execute(_measured(submission)):
        is_checked_now = is_now
        kinds[kind.id] = kind
        if score is not None:
            scores[kind.id] = score
        if fold is not None:
            known = folds.setdefault(fold.id, MeasuredFold(number, fold, n_printed, {}))
            if fold_score is not None:
                known.scores[kind.id] = fold_score
    set_committed_value(event, "score_types", list(kinds.values()))
    in_order = sorted(folds.values(), key=lambda fold: fold.row.cv_fold_id)
    return Measured(scores, tuple(in_order), is_checked_now)


def _measured(submission: Submission) -> Select[*tuple[Any, ...]]:
    """Return the query of every score type of an event with every fold of a submission, and the scores of both."""
    is_checked_now = select(is_checking()).where(Submission.id == submission.id).scalar_subquery()
    return (
        select(EventScoreType, SubmissionScore, SubmissionFold, CVFold.number)
        .add_columns(func.length(SubmissionFold.printed), SubmissionFoldScore, is_checked_now)
        .outerjoin(
            SubmissionScore,
            and_(
                SubmissionScore.event_score_type_id == EventScoreType.id,
                SubmissionScore.submission_id == submission.id,
            ),
        )
        .outerjoin(SubmissionFold, SubmissionFold.submission_id == submission.id)
        .outerjoin(CVFold, CVFold.id == SubmissionFold.cv_fold_id)
        .outerjoin(
            SubmissionFoldScore,
            and_(
                SubmissionFoldScore.submission_fold_id == SubmissionFold.id,
                SubmissionFoldScore.event_score_type_id == EventScoreType.id,
            ),
        )
        .where(EventScoreType.event_id == submission.event_team.event_id)
        .order_by(EventScoreType.position)
    )


def _sum(values: Iterable[float | None]) -> float | None:
    """Return the sum of the values that are there; None without any."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
