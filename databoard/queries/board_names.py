"""The names on a leaderboard, to search in: read whole once a version, so that a search reads only what it found.

No index of both databases answers a search inside of words. The names of 20,000 rows are searched in a millisecond.
Called by `leaderboards`; `views.board_pages` keeps them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import LeaderboardRow
from databoard.queries import board_order, paging
from databoard.states import BoardKind


@dataclass(frozen=True)
class BoardNames:
    """The names of all rows of a board, the best first.

    Attributes
    ----------
    texts : tuple of (str, str)
        Names of team and submission in lower case.
    ranks : dict of int to (int, int)
        By submission its rank on this board and on the public one, in the same order.
    """

    texts: tuple[tuple[str, str], ...]
    ranks: dict[int, tuple[int, int]]

    def found(self, search: str) -> list[int]:
        """Return the submissions of which one name contains `search`, whatever the case; the best first."""
        wanted, pairs = search.lower(), zip(self.ranks, self.texts, strict=True)
        return [number for number, (team_name, name) in pairs if wanted in team_name or wanted in name]

    def ranks_of(self, submission_ids: Sequence[int]) -> dict[int, tuple[int, int]] | None:
        """Return the ranks of these submissions; None when one came after the names were read."""
        if any(submission_id not in self.ranks for submission_id in submission_ids):
            return None
        return {submission_id: self.ranks[submission_id] for submission_id in submission_ids}


def board_names(session: Session, *, event_id: int, kind: BoardKind) -> BoardNames:
    """Return the names on a board as it is now."""
    row = LeaderboardRow
    query = (
        select(row.submission_id, row.team_name, row.name, board_order.rank(BoardKind.public))
        .where(row.event_id == event_id)
        .order_by(*paging.clauses(board_order.rank_order(kind)))
    )
    found = session.execute(query).all()
    return BoardNames(
        texts=tuple((team_name.lower(), name.lower()) for _, team_name, name, _ in found),
        ranks={row[0]: (rank, row[3]) for rank, row in enumerate(found, start=1)},
    )
