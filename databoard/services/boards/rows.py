"""Write the stored rows of leaderboards: after every change of results, of shares and of what a board shows.

The row of the event is the lock under which rows, version, totals and whole percents change together.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session, selectinload

from databoard.models import Event, EventScoreType, EventTeam, LeaderboardRow, Submission
from databoard.scoring.contributivity import percentages
from databoard.services.base.database import begin_writing, n_changed
from databoard.services.boards import totals
from databoard.services.boards.numbers import Values, computed

#: Submissions that one statement reads or writes: a database takes so many variables and no more.
AT_ONCE = 500


@dataclass(frozen=True)
class Difference:
    """A stored value that was not the one that results give; team and submission are empty for totals."""

    team: str
    submission: str
    column: str
    stored: object
    computed: object


def refresh(session: Session, event_id: int, submission_ids: Collection[int]) -> None:
    """Bring the stored rows of these submissions up to date, and raise the version of the event's boards.

    To be called after the change and in its transaction, also for a submission that left the boards or was deleted.
    """
    session.flush()
    event = _locked(session, event_id)
    added: list[Values] = []
    n_removed = 0
    for ids in _batches(sorted(submission_ids)):
        old = delete(LeaderboardRow).where(LeaderboardRow.submission_id.in_(ids))
        n_removed += n_changed(session, old.execution_options(synchronize_session=False))
        new = list(computed(session, event, ids).values())
        if new:
            session.execute(insert(LeaderboardRow), new)
        added += new
    _write_percents(session, event)
    is_only_more = n_removed == 0 and len(added) == len(submission_ids)
    totals.write(session, event, added if is_only_more else None)


def refresh_all(session: Session, event: Event) -> None:
    """Bring all stored rows of an event up to date, after its score types changed."""
    session.flush()
    on_boards = select(LeaderboardRow.submission_id).where(LeaderboardRow.event_id == event.id)
    of_event = select(Submission.id).join(EventTeam).where(EventTeam.event_id == event.id)
    refresh(session, event.id, session.scalars(on_boards.union(of_event)).all())


def rebuild(session: Session, event: Event) -> list[Difference]:
    """Compute all stored rows of an event from its results again; return what differed.

    Without a difference the version stays: what readers hold is right.
    """
    session.flush()
    _locked(session, event.id)
    version, before = event.board_version, _stored(session, event)
    totals_before = totals.stored(event)
    refresh_all(session, event)
    found = list(_differences(before, _stored(session, event)))
    totals_after = totals.stored(event)
    found += [
        Difference("", "", name, totals_before[name], value)
        for name, value in totals_after.items()
        if totals_before[name] != value
    ]
    if not found:
        event.board_version = version
        session.flush()
    return found


def _locked(session: Session, event_id: int) -> Event:
    begin_writing(session)
    lock = {"key_share": True}  # rows that name the event may be written meanwhile
    loaded = [selectinload(Event.score_types).joinedload(EventScoreType.score_type)]
    return session.get_one(Event, event_id, options=loaded, populate_existing=True, with_for_update=lock)


def _write_percents(session: Session, event: Event) -> None:
    """Round the shares to whole percent that sum to 100, of all submissions on the board that have a share."""
    row = LeaderboardRow
    columns = (row.contributivity, row.historical_contributivity, row.percent, row.historical_percent)
    query = select(row.id, *columns).where(row.event_id == event.id, or_(*(column > 0 for column in columns)))
    found = session.execute(query.order_by(row.submitted_at, row.submission_id)).all()
    percent = percentages({i: share for i, share, *_ in found})
    historical = percentages({i: share for i, _, share, *_ in found})
    changed = [
        {"id": i, "percent": percent[i], "historical_percent": historical[i]}
        for i, _, _, old, old_historical in found
        if (percent[i], historical[i]) != (old, old_historical)
    ]
    if changed:
        session.execute(update(row), changed)


def _stored(session: Session, event: Event) -> dict[int, Values]:
    """Return the stored rows of an event by submission, without their numbers."""
    columns = [column for column in LeaderboardRow.__table__.columns if column.name != "id"]
    query = select(*columns).where(LeaderboardRow.event_id == event.id)
    return {row["submission_id"]: dict(row) for row in session.execute(query).mappings()}


def _differences(stored: dict[int, Values], right: dict[int, Values]) -> Iterator[Difference]:
    for submission_id in sorted({*stored, *right}):
        old, new = stored.get(submission_id), right.get(submission_id)
        row = old or new or {}
        names = str(row["team_name"]), str(row["name"])
        if old is None or new is None:
            yield Difference(
                *names, "row", "none" if old is None else "there", "none" if new is None else "there"
            )
        else:
            yield from (
                Difference(*names, name, old[name], new[name]) for name in new if new[name] != old[name]
            )


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), AT_ONCE):
        yield ids[first : first + AT_ONCE]
