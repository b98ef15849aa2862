"""In which order a page of a leaderboard lists its rows, and where it starts: by key, never by counting rows.

A page starts at a row, named by the number of its submission, or ends before one. So a page stays where it is while
rows are added elsewhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, tuple_

from databoard.models import Event, LeaderboardRow
from databoard.queries.board_columns import board_columns
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
    start, end : int or None
        The page starts at this submission, or ends before it; at most one is given.
    """

    sort: str = "rank"
    is_reversed: bool = False
    search: str = ""
    start: int | None = None
    end: int | None = None

    @property
    def is_ranked(self) -> bool:
        """Whether the rows are all in the order of their ranks, so that one count gives the ranks of a page."""
        return self.sort == "rank" and not self.is_reversed and not self.search

    def at(self, *, start: int | None = None, end: int | None = None) -> "BoardRequest":
        return replace(self, start=start, end=end)


@dataclass(frozen=True)
class Term:
    """One expression that rows are ordered by."""

    column: ColumnElement[Any]
    is_descending: bool = False


def order(event: Event, kind: BoardKind, request: BoardRequest) -> tuple[Term, ...]:
    """Return what the rows are ordered by, the last term unique; an unknown column stands for the rank."""
    row, column = LeaderboardRow, LeaderboardRow.__table__.c
    rank = rank_order(kind)
    is_reversed = request.is_reversed
    if request.sort in TEXTS:
        return Term(func.lower(column[TEXTS[request.sort]]), is_reversed), *rank
    if request.sort == "submitted_at":
        return Term(column.submitted_at, not is_reversed), *rank
    if request.sort in TIMES:
        return _numeric(column[TIMES[request.sort]], is_reversed), *rank
    if request.sort in SHARES:
        return _numeric(column[SHARES[request.sort]], not is_reversed), *rank
    for place, shown in enumerate(board_columns(event, kind)):
        if shown.key == request.sort:
            value = getattr(row, f"{kind}_values")[place].as_float()
            is_higher_first = shown.is_lower_the_better is False
            return _numeric(value, is_higher_first != is_reversed), *rank
    if is_reversed:
        return tuple(Term(term.column, True) for term in rank)
    return rank


def known(event: Event, kind: BoardKind, request: BoardRequest) -> BoardRequest:
    """Return the request with a column that the board has."""
    scores = {column.key for column in board_columns(event, kind)}
    is_known = request.sort in {*TEXTS, *TIMES, *SHARES, "submitted_at", *scores}
    return request if is_known else replace(request, sort="rank")


def rank_order(kind: BoardKind) -> tuple[Term, ...]:
    """Return the order of ranks: the exact official score, then the time of submission."""
    column = LeaderboardRow.__table__.c
    return Term(column[f"{kind}_key"]), Term(column.submitted_at), Term(column.submission_id)


def not_before(terms: Sequence[Term], key: Sequence[object]) -> ColumnElement[bool]:
    """Return the condition that a row is the one with this key, or comes after it."""
    return _after(terms, key, is_inclusive=True)


def before(terms: Sequence[Term], key: Sequence[object]) -> ColumnElement[bool]:
    """Return the condition that a row comes before the one with this key."""
    return _after(opposite(terms), key)


def opposite(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return the order from the last row to the first."""
    return tuple(Term(term.column, not term.is_descending) for term in terms)


def clauses(terms: Sequence[Term]) -> list[ColumnElement[Any]]:
    """Return the order as a database takes it."""
    return [term.column.desc() if term.is_descending else term.column.asc() for term in terms]


def _numeric(column: ColumnElement[Any], is_higher_first: bool) -> Term:
    """Order by a number, what has none last."""
    return Term(func.coalesce(-column if is_higher_first else column, literal(math.inf)))


def _after(
    terms: Sequence[Term], key: Sequence[object], *, is_inclusive: bool = False
) -> ColumnElement[bool]:
    """Return the condition that a row comes after the one with this key, or is it.

    In one direction this is a comparison of rows, which databases answer from an index.
    """
    values = [literal(value, term.column.type) for term, value in zip(terms, key, strict=True)]
    if len({term.is_descending for term in terms}) == 1:
        rows, those = tuple_(*(term.column for term in terms)), tuple_(*values)
        if terms[0].is_descending:
            return rows <= those if is_inclusive else rows < those
        return rows >= those if is_inclusive else rows > those
    equal = [term.column == value for term, value in zip(terms, values, strict=True)]
    further = [
        term.column < value if term.is_descending else term.column > value
        for term, value in zip(terms, values, strict=True)
    ]
    steps = [and_(*equal[:place], further[place]) for place in range(len(terms))]
    return or_(*steps, and_(*equal)) if is_inclusive else or_(*steps)
