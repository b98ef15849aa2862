"""Write what the submissions of an event contribute to their blend, and what they score together.

Called by the worker and by `ops.blending`. `ensembles` chooses the submissions and claims the event.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from databoard.models import (
    Base,
    CVFold,
    EnsembleScore,
    Event,
    EventTeam,
    Submission,
    SubmissionFold,
    SubmissionSimilarity,
)
from databoard.scoring.contributivity import historical
from databoard.services.base import joins
from databoard.services.base.database import begin_writing
from databoard.services.boards import rows as boards
from databoard.services.events import ensembles
from databoard.services.events.ensembles import BlendClaim, Candidate
from databoard.states import EnsembleKind, SimilarityType

if TYPE_CHECKING:
    from databoard.scoring.blending import EnsembleResult

Shares = dict[int, float]  # by submission
Values = list[float | bool]
NewValues = Callable[[int], Values]


def record_claimed(
    session: Session,
    claim: BlendClaim,
    *,
    submission_ids: Collection[int],
    result: "EnsembleResult | None",
    now: datetime,
) -> bool:
    """Write what was blended and release the event, unless a newer result is there; return whether it was written.

    A submission that left meanwhile gets nothing; its leaving made the event due again.

    Parameters
    ----------
    submission_ids : collection of int
        What was blended.
    """
    begin_writing(session)
    if not ensembles.supersede(session, claim):
        return False
    event = session.get_one(Event, claim.event_id, populate_existing=True)
    blended = set(submission_ids)
    there = [submission for submission in ensembles.candidates(session, event) if submission.id in blended]
    record(session, event=event, submissions=there, result=result, now=now)
    return True


def record(
    session: Session,
    *,
    event: Event,
    submissions: Sequence[Candidate],
    result: "EnsembleResult | None",
    now: datetime,
) -> None:
    """Write contributivities and combined scores; what is not in the ensemble any more goes to zero.

    Only rows that change are written, in the database only: read them again afterwards. No `result`: nothing blended.
    """
    shares = {submission.id: 0.0 for submission in submissions}
    newest_first = list(reversed(shares))
    if result is not None:
        shares.update({i: result.contributivity.get(i, 0.0) for i in shares})
    credited = historical(shares, newest_first, _credits(session, event, shares))
    changed = _record_shares(session, event, shares, credited)
    _record_folds(session, event, shares, result)
    session.execute(delete(EnsembleScore).where(EnsembleScore.event_id == event.id))
    if result is not None:
        _record_combined(session, event, result, now)
    boards.refresh(session, event.id, changed)


def _record_shares(session: Session, event: Event, shares: Shares, credited: Shares) -> list[int]:
    """Write the shares of submissions; return which of them changed."""
    columns = (Submission.contributivity, Submission.historical_contributivity)
    with_share = [i for i in shares if shares[i] or credited.get(i)]
    query = joins.event_team(select(Submission.id, *columns)).where(
        EventTeam.event_id == event.id,
        or_(*(column != 0 for column in columns), Submission.id.in_(with_share)),
    )
    return _write(
        session,
        Submission,
        ("contributivity", "historical_contributivity"),
        {i: [share, passed_on] for i, share, passed_on in session.execute(query.order_by(Submission.id))},
        lambda i: [shares.get(i, 0.0), credited.get(i, 0.0)],
    )


def _record_folds(session: Session, event: Event, shares: Shares, result: "EnsembleResult | None") -> None:
    """Write share and best submission of each fold; most submissions are in no fold's ensemble, before and after."""
    columns = (SubmissionFold.contributivity, SubmissionFold.is_best)
    query = (
        select(SubmissionFold.id, SubmissionFold.submission_id, CVFold.number, *columns)
        .join(CVFold)
        .where(
            CVFold.event_id == event.id,
            or_(
                SubmissionFold.contributivity != 0,
                SubmissionFold.is_best,
                SubmissionFold.submission_id.in_(_chosen(result)),
            ),
        )
        .order_by(SubmissionFold.id)
    )
    places: dict[int, tuple[int, int]] = {}
    rows: dict[int, Values] = {}
    for fold_id, submission_id, number, contributivity, is_best in session.execute(query):
        places[fold_id], rows[fold_id] = (submission_id, number), [contributivity, is_best]

    def new(fold_id: int) -> Values:
        submission_id, number = places[fold_id]
        if result is None or submission_id not in shares:
            return [0.0, False]
        share = result.fold_contributivity[number].get(submission_id, 0.0)
        return [share, result.best[number] == submission_id]

    _write(session, SubmissionFold, ("contributivity", "is_best"), rows, new)


def _chosen(result: "EnsembleResult | None") -> set[int]:
    """Return the submissions that have a share in the ensemble of a fold, or are the best of one."""
    if result is None:
        return set()
    with_share = {i for fold in result.fold_contributivity.values() for i, share in fold.items() if share}
    return with_share | {i for i in result.best.values() if i is not None}


def _write(
    session: Session, model: type[Base], names: tuple[str, str], rows: dict[int, Values], new: NewValues
) -> list[int]:
    """Update the rows of a table, given by id, whose new values differ; return the ids of these."""
    changed = [i for i, old in rows.items() if new(i) != old]
    if changed:
        session.execute(update(model), [{"id": i, **dict(zip(names, new(i), strict=True))} for i in changed])
    return changed


def _record_combined(session: Session, event: Event, result: "EnsembleResult", now: datetime) -> None:
    for kind, valid, test in (
        (EnsembleKind.combined, result.combined_valid, result.combined_test),
        (EnsembleKind.foldwise, result.foldwise_valid, result.foldwise_test),
    ):
        session.add_all(
            EnsembleScore(
                event=event,
                event_score_type=score,
                kind=kind,
                valid_score=valid.get(score.name),
                test_score=test.get(score.name),
                computed_at=now,
            )
            for score in event.score_types
        )


def _credits(session: Session, event: Event, shares: Shares) -> dict[int, dict[int, float]]:
    """Return by target the share of each source: the latest credit given among the blended submissions."""
    of_target = select(SubmissionSimilarity).join(Submission, Submission.id == SubmissionSimilarity.target_id)
    rows = session.scalars(
        joins.event_team(of_target)
        .where(EventTeam.event_id == event.id, SubmissionSimilarity.type == SimilarityType.target_credit)
        .order_by(SubmissionSimilarity.created_at, SubmissionSimilarity.id)
    )
    credits: dict[int, dict[int, float]] = {}
    for row in rows:
        if row.target_id in shares and row.source_id in shares:
            credits.setdefault(row.target_id, {})[row.source_id] = row.similarity
    return credits
