"""Choose the submissions to blend, know when blending is due, and write the result.

A function that changes the set of blended submissions first calls :func:`request_blending` in its transaction. The
row of the event is the lock under which set and count change together; it is taken before any row of a submission. A
worker claims an event that is due and blends it outside any transaction. The claim of a worker that died expires.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Update, delete, or_, select, update
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
from databoard.services.base.database import begin_writing, n_changed
from databoard.services.boards import rows as boards
from databoard.states import EnsembleKind, SimilarityType, SubmissionState

if TYPE_CHECKING:
    from databoard.scoring.blending import EnsembleResult

Shares = dict[int, float]  # by submission
Values = list[float | bool]
NewValues = Callable[[int], Values]


@dataclass(frozen=True)
class BlendClaim:
    """The claim of a worker on an event that it blends."""

    event_id: int
    event_name: str
    n_changes: int  # how many changes of the set it knows
    owner: str


def candidates(session: Session, event: Event) -> list[Submission]:
    """Return the scored, valid, not excluded submissions of an event, the oldest first."""
    return list(
        session.scalars(
            joins.event_team(select(Submission))
            .where(
                EventTeam.event_id == event.id,
                Submission.state == SubmissionState.scored,
                Submission.is_valid,
                Submission.is_to_ensemble,
            )
            .order_by(Submission.submitted_at, Submission.id)
        )
    )


def request_blending(session: Session, event_id: int) -> None:
    """Count a change of the set that is blended; locks the event until the transaction ends.

    To be called before rows of its submissions are written, as recording locks in this order, too.
    """
    begin_writing(session)
    session.execute(_of(event_id).values(n_ensemble_changes=Event.n_ensemble_changes + 1))


def request_blending_for(session: Session, submission_id: int) -> None:
    """Count a change of the set that a submission is or was part of, see :func:`request_blending`."""
    query = select(EventTeam.event_id).join(Submission).where(Submission.id == submission_id)
    request_blending(session, session.scalars(query).one())


def set_part(
    session: Session,
    submission: Submission,
    *,
    is_valid: bool | None = None,
    is_to_ensemble: bool | None = None,
) -> None:
    """Let a submission take part in the blending or not; one that does not has no share from now on."""
    request_blending(session, submission.event_team.event_id)
    submission.is_valid = submission.is_valid if is_valid is None else is_valid
    submission.is_to_ensemble = submission.is_to_ensemble if is_to_ensemble is None else is_to_ensemble
    if not (submission.is_valid and submission.is_to_ensemble):
        submission.contributivity = submission.historical_contributivity = 0.0
        for fold in submission.folds:
            fold.contributivity, fold.is_best = 0.0, False
    boards.refresh(session, submission.event_team.event_id, [submission.id])


def due(session: Session) -> dict[int, int]:
    """Return by id the events whose blending is due or under way, with their number of changes."""
    query = select(Event.id, Event.n_ensemble_changes).where(_is_due())
    return dict(session.execute(query).all())


def claim_due(
    session: Session, *, owner: str, now: datetime, lease_s: float, except_ids: Collection[int] = ()
) -> BlendClaim | None:
    """Take an event that is due and that nobody blends; None when there is none.

    Parameters
    ----------
    lease_s : float
        A claim that was neither renewed nor released for so long is free.
    except_ids : collection of event ids
        Not these.
    """
    is_free = or_(
        Event.ensemble_claimed_at.is_(None), Event.ensemble_claimed_at < now - timedelta(seconds=lease_s)
    )
    query = select(Event.id).where(_is_due(), is_free, Event.id.not_in(except_ids)).order_by(Event.id)
    for event_id in session.scalars(query).all():
        begin_writing(session)
        if _take(session, event_id, owner, now, _is_due(), is_free):
            return _claim(session, event_id, owner)
    return None


def claim_now(session: Session, event: Event, *, owner: str, now: datetime) -> BlendClaim:
    """Claim an event even if it is not due or is being blended; that other result then counts as the older one."""
    request_blending(session, event.id)
    _take(session, event.id, owner, now)
    return _claim(session, event.id, owner)


def renew(session: Session, claim: BlendClaim, *, now: datetime) -> None:
    """Renew a claim, so that it does not expire."""
    session.execute(_held(claim).values(ensemble_claimed_at=now))


def release(session: Session, claim: BlendClaim) -> None:
    """Release the event, so that another worker may claim it."""
    session.execute(_held(claim).values(ensemble_claimed_at=None, ensemble_claimed_by=""))


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
    is_newer = _of(claim.event_id).where(Event.n_ensemble_recorded < claim.n_changes)
    n_newer = n_changed(session, is_newer.values(n_ensemble_recorded=claim.n_changes))
    release(session, claim)
    if n_newer != 1:
        return False
    event = session.get_one(Event, claim.event_id, populate_existing=True)
    blended = set(submission_ids)
    there = [submission for submission in candidates(session, event) if submission.id in blended]
    record(session, event=event, submissions=there, result=result, now=now)
    return True


def record(
    session: Session,
    *,
    event: Event,
    submissions: list[Submission],
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
    credited = historical(shares, newest_first, _credits(session, newest_first))
    changed = _record_shares(session, event, shares, credited)
    _record_folds(session, event, shares, result)
    session.execute(delete(EnsembleScore).where(EnsembleScore.event_id == event.id))
    if result is not None:
        _record_combined(session, event, result, now)
    boards.refresh(session, event.id, changed)


def _record_shares(session: Session, event: Event, shares: Shares, credited: Shares) -> list[int]:
    """Write the shares of submissions; return which of them changed."""
    columns = (Submission.contributivity, Submission.historical_contributivity)
    query = joins.event_team(select(Submission.id, *columns)).where(EventTeam.event_id == event.id)
    return _write(
        session,
        Submission,
        ("contributivity", "historical_contributivity"),
        {i: [share, passed_on] for i, share, passed_on in session.execute(query.order_by(Submission.id))},
        lambda i: [shares.get(i, 0.0), credited.get(i, 0.0)],
    )


def _record_folds(session: Session, event: Event, shares: Shares, result: "EnsembleResult | None") -> None:
    columns = (SubmissionFold.contributivity, SubmissionFold.is_best)
    query = (
        select(SubmissionFold.id, SubmissionFold.submission_id, CVFold.number, *columns)
        .join(CVFold)
        .where(CVFold.event_id == event.id)
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


def _of(event_id: int) -> Update:
    return update(Event).where(Event.id == event_id).execution_options(synchronize_session=False)


def _held(claim: BlendClaim) -> Update:
    return _of(claim.event_id).where(Event.ensemble_claimed_by == claim.owner)


def _is_due() -> ColumnElement[bool]:
    return Event.n_ensemble_changes > Event.n_ensemble_recorded


def _take(session: Session, event_id: int, owner: str, now: datetime, *where: ColumnElement[bool]) -> bool:
    values = {"ensemble_claimed_at": now, "ensemble_claimed_by": owner}
    return n_changed(session, _of(event_id).where(*where).values(values)) == 1


def _claim(session: Session, event_id: int, owner: str) -> BlendClaim:
    event = session.get_one(Event, event_id, populate_existing=True)
    return BlendClaim(event.id, event.name, event.n_ensemble_changes, owner)
