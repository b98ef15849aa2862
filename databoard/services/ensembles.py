"""Which submissions are blended, and where the result goes."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ..models import CVFold, Event, EventScore, EventTeam, Submission, SubmissionFold, SubmissionSimilarity
from ..models.states import EnsembleKind, SimilarityType, SubmissionState

if TYPE_CHECKING:
    from ..scoring.blending import EnsembleResult


def candidates(session: Session, event: Event) -> list[Submission]:
    """Return the scored, valid, not excluded submissions of an event, the oldest first."""
    return list(
        session.scalars(
            select(Submission)
            .join(EventTeam)
            .where(
                EventTeam.event_id == event.id,
                Submission.state == SubmissionState.scored,
                Submission.is_valid,
                Submission.is_to_ensemble,
            )
            .order_by(Submission.submitted_at, Submission.id)
        )
    )


def record(
    session: Session,
    *,
    event: Event,
    submissions: list[Submission],
    result: "EnsembleResult | None",
    now: datetime,
) -> None:
    """Write contributivities and combined scores; what is not in the ensemble any more goes to zero.

    `result` None: nothing could be blended.
    """
    from ..scoring.contributivity import historical

    _forget(session, event)
    if result is None:
        return
    newest_first = [submission.id for submission in reversed(submissions)]
    credited = historical(result.contributivity, newest_first, _credits(session, newest_first))
    for submission in submissions:
        submission.contributivity = result.contributivity.get(submission.id, 0.0)
        submission.historical_contributivity = credited.get(submission.id, 0.0)
    _record_folds(session, newest_first, result)
    _record_combined(session, event, result, now)
    session.flush()


def _forget(session: Session, event: Event) -> None:
    of_event = select(Submission.id).join(EventTeam).where(EventTeam.event_id == event.id)
    session.execute(
        update(Submission)
        .where(Submission.id.in_(of_event))
        .values(contributivity=0.0, historical_contributivity=0.0)
    )
    session.execute(
        update(SubmissionFold)
        .where(SubmissionFold.submission_id.in_(of_event))
        .values(contributivity=0.0, is_best=False)
    )
    session.execute(delete(EventScore).where(EventScore.event_id == event.id))


def _record_combined(session: Session, event: Event, result: "EnsembleResult", now: datetime) -> None:
    for kind, valid, test in (
        (EnsembleKind.combined, result.combined_valid, result.combined_test),
        (EnsembleKind.foldwise, result.foldwise_valid, result.foldwise_test),
    ):
        session.add_all(
            EventScore(
                event=event,
                event_score_type=score,
                kind=kind,
                valid_score=valid.get(score.name),
                test_score=test.get(score.name),
                computed_at=now,
            )
            for score in event.score_types
        )


def _record_folds(session: Session, ids: list[int], result: "EnsembleResult") -> None:
    rows = session.execute(
        select(SubmissionFold, CVFold.number).join(CVFold).where(SubmissionFold.submission_id.in_(ids))
    )
    for fold, number in rows:
        fold.contributivity = result.fold_contributivity[number].get(fold.submission_id, 0.0)
        fold.is_best = result.best[number] == fold.submission_id


def _credits(session: Session, ids: list[int]) -> dict[int, dict[int, float]]:
    """Return by target the share of each source: the latest credit given."""
    rows = session.scalars(
        select(SubmissionSimilarity)
        .where(
            SubmissionSimilarity.type == SimilarityType.target_credit,
            SubmissionSimilarity.target_id.in_(ids),
            SubmissionSimilarity.source_id.in_(ids),
        )
        .order_by(SubmissionSimilarity.created_at, SubmissionSimilarity.id)
    )
    credits: dict[int, dict[int, float]] = {}
    for row in rows:
        credits.setdefault(row.target_id, {})[row.source_id] = row.similarity
    return credits
