"""Choose the submissions to blend, know when blending is due, and claim it. `ensemble_results` writes the result.

A function that changes the set of blended submissions first calls :func:`request_blending` in its transaction. The
row of the event is the lock under which set and count change together; it is taken before any row of a submission. A
worker claims an event that is due and blends it outside any transaction. The claim of a worker that died expires.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Update, or_, select, update
from sqlalchemy.orm import Session

from databoard.models import Event, EventTeam, Submission
from databoard.services.base import joins
from databoard.services.base.database import begin_writing, n_changed
from databoard.services.boards import rows as boards
from databoard.services.queue import wake


@dataclass(frozen=True)
class BlendClaim:
    """The claim of a worker on an event that it blends."""

    event_id: int
    event_name: str
    n_changes: int  # how many changes of the set it knows
    owner: str


class Candidate(NamedTuple):
    """A submission that may be blended."""

    id: int
    name: str
    predictions_key: str


def candidates(session: Session, event: Event) -> list[Candidate]:
    """Return the scored, valid, not excluded submissions of an event, the oldest first."""
    query = (
        joins.event_team(select(Submission.id, Submission.name, Submission.predictions_key))
        .where(
            EventTeam.event_id == event.id,
            Submission.is_on_boards(),
            Submission.is_valid,
            Submission.is_to_ensemble,
        )
        .order_by(Submission.submitted_at, Submission.id)
    )
    return [Candidate(*row) for row in session.execute(query)]


def request_blending(session: Session, event_id: int) -> None:
    """Count a change of the set that is blended; locks the event until the transaction ends.

    To be called before rows of its submissions are written, as recording locks in this order, too.
    """
    begin_writing(session)
    session.execute(_of(event_id).values(n_ensemble_changes=Event.n_ensemble_changes + 1))
    wake.announce(session, wake.Topic.blending)


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


def supersede(session: Session, claim: BlendClaim) -> bool:
    """Release the event; return whether what was blended is newer than what is recorded, which it then replaces."""
    is_newer = _of(claim.event_id).where(Event.n_ensemble_recorded < claim.n_changes)
    n_newer = n_changed(session, is_newer.values(n_ensemble_recorded=claim.n_changes))
    release(session, claim)
    return n_newer == 1


def release(session: Session, claim: BlendClaim) -> None:
    """Release the event, so that another worker may claim it."""
    session.execute(_held(claim).values(ensemble_claimed_at=None, ensemble_claimed_by=""))


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
