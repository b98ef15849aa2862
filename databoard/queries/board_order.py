"""In which order a page of a leaderboard lists its rows, and where it is.

It is paged by key as all lists are (`paging`): it comes after a row, or before one. Its address names that row by its
submission, because the key of a row holds exact scores, which pages show rounded.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, literal

from databoard.models import Event, LeaderboardRow
from databoard.queries.board_columns import board_columns
from databoard.queries.paging import SortColumn, clauses
from databoard.states import BoardKind

#: Rows of a page.
PAGE_SIZE = 100
#: What boards sort by beside their scores: name in the address to column.
TEXTS = {"team": "team_name", "submission": "name"}
TIMES = {"train_time_s": "train_time_s", "valid_time_s": "valid_time_s"}
SHARES = {"contributivity": "contributivity", "historical_contributivity": "historical_contributivity"}


@dataclass(frozen=True)
class BoardRequest:
    """Which part of a board somebody asks for.

    Attributes
    ----------
    sort : str
        "rank", or the key of another column; the best or the first in the alphabet comes first.
    is_reversed : bool
        The other direction; rows without a value stay last.
    search : str
        Part of the name of a team or submission; empty for all.
    after, before : int or None
        The page begins after this submission, or ends before it; at most one is given.
    """

    sort: str = "rank"
    is_reversed: bool = False
    search: str = ""
    after: int | None = None
    before: int | None = None

    @property
    def is_ranked(self) -> bool:
        """Whether the rows are all in the order of their ranks, so that one count gives the ranks of a page."""
        return self.sort == "rank" and not self.is_reversed and not self.search

    def at(self, *, after: int | None = None, before: int | None = None) -> "BoardRequest":
        return replace(self, after=after, before=before)


def order(event: Event, kind: BoardKind, request: BoardRequest) -> tuple[SortColumn, ...]:
    """Return what the rows are ordered by, the last term unique; an unknown column stands for the rank."""
    row, column = LeaderboardRow, LeaderboardRow.__table__.c
    ranked = rank_order(kind)
    is_reversed = request.is_reversed
    if request.sort in TEXTS:
        return SortColumn(func.lower(column[TEXTS[request.sort]]), is_reversed), *ranked
    if request.sort == "submitted_at":
        return SortColumn(column.submitted_at, not is_reversed), *ranked
    if request.sort in TIMES:
        return _numeric(column[TIMES[request.sort]], is_reversed), *ranked
    if request.sort in SHARES:
        return _numeric(column[SHARES[request.sort]], not is_reversed), *ranked
    for place, shown in enumerate(board_columns(event, kind)):
        if shown.key == request.sort:
            value = getattr(row, f"{kind}_values")[place].as_float()
            is_higher_first = shown.is_lower_the_better is False
            return _numeric(value, is_higher_first != is_reversed), *ranked
    if is_reversed:
        return tuple(SortColumn(term.column, True) for term in ranked)
    return ranked


def known(event: Event, kind: BoardKind, request: BoardRequest) -> BoardRequest:
    """Return the request with a column that the board has."""
    scores = {column.key for column in board_columns(event, kind)}
    is_known = request.sort in {*TEXTS, *TIMES, *SHARES, "submitted_at", *scores}
    return request if is_known else replace(request, sort="rank")


def rank_order(kind: BoardKind) -> tuple[SortColumn, ...]:
    """Return the order of ranks: the exact official score, then the time of submission."""
    column = LeaderboardRow.__table__.c
    return (
        SortColumn(column[f"{kind}_key"]),
        SortColumn(column.submitted_at),
        SortColumn(column.submission_id),
    )


def rank(kind: BoardKind) -> ColumnElement[int]:
    """Return the rank of a row, from 1, among those that a query reads."""
    return func.row_number().over(order_by=clauses(rank_order(kind)))


def _numeric(column: ColumnElement[Any], is_higher_first: bool) -> SortColumn:
    """Order by a number, what has none last."""
    return SortColumn(func.coalesce(-column if is_higher_first else column, literal(math.inf)))
