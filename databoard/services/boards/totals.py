"""What the boards of an event tell of all rows together: their number, the best of each column. Called by `rows`."""

from collections.abc import Iterable, Sequence
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.models import Event, LeaderboardRow
from databoard.services.boards.numbers import Values, numbers
from databoard.states import BoardKind

#: A value a column of a board, rounded; None where there is none.
Shown = list[float | None]


def write(session: Session, event: Event, added: Sequence[Values] | None) -> None:
    """Write the totals and raise the version of an event's boards.

    Parameters
    ----------
    added : sequence of Values or None
        The rows that were added; None when others changed or went, too.
    """
    of_event = LeaderboardRow.event_id == event.id
    n_rows = session.scalar(select(func.count()).select_from(LeaderboardRow).where(of_event)) or 0
    with_share = select(LeaderboardRow.id).where(of_event, LeaderboardRow.contributivity > 0).limit(1)
    has_contributivity = session.scalar(with_share) is not None
    bests = {str(board): _bests(session, event, board, added) for board in BoardKind}
    event.board_version += 1
    event.n_board_rows, event.has_contributivity = n_rows, has_contributivity
    event.board_bests = {
        board: best for board, best in bests.items() if any(each is not None for each in best)
    }
    session.flush()


def stored(event: Event) -> dict[str, object]:
    """Return the totals as the event has them, by column."""
    return {name: getattr(event, name) for name in ("n_board_rows", "has_contributivity", "board_bests")}


def _bests(session: Session, event: Event, board: BoardKind, added: Sequence[Values] | None) -> Shown:
    earlier = event.board_bests.get(str(board), [])
    name = f"{board}_values"
    directions = [number.is_lower_the_better for number in numbers(event, board)]
    rows: Iterable[Shown]
    if added is None or len(earlier) != len(directions):
        column = getattr(LeaderboardRow, name)
        rows = session.scalars(select(column).where(LeaderboardRow.event_id == event.id))
    else:
        rows = [earlier, *(cast(Shown, row[name]) for row in added)]
    best: Shown = [None] * len(directions)
    for row in rows:
        best = [_better(*three) for three in zip(directions, best, row, strict=True)]
    return best


def _better(is_lower_the_better: bool | None, one: float | None, other: float | None) -> float | None:
    if is_lower_the_better is None:
        return None
    if one is None or other is None:
        return other if one is None else one
    return min(one, other) if is_lower_the_better else max(one, other)
