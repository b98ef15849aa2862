"""Leaderboards: a page of stored rows, or all of them one by one. The page, JSON and CSV use the same rows.

Nothing here depends on who looks, so that pages can be kept. `EventAccess.can_see_code` decides afterwards whose
code a viewer may read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from databoard.models import Event, LeaderboardRow
from databoard.queries import board_order
from databoard.queries.board_columns import BoardColumn, board_columns
from databoard.queries.board_names import BoardNames
from databoard.queries.board_order import PAGE_SIZE, BoardRequest
from databoard.queries.page_keys import Key
from databoard.queries.paging import SortColumn, clauses, comes_before, rows_at
from databoard.scoring.shown_digits import ScoreCell, score_text
from databoard.services.boards.numbers import numbers
from databoard.states import BoardKind

#: Rows that are fetched at once when all are read.
_FETCHED_AT_ONCE = 500
#: So many rows that a search found are read by their numbers; more are found among the first that are read.
_FEW = 200
#: Rows that a page shows above the own row when somebody goes there.
_ABOVE_OWN = 20


@dataclass(frozen=True)
class BoardRow:
    """One scored submission. Times in seconds; show `slug` only to those who may read the code.

    Attributes
    ----------
    contributivity, historical_contributivity : int
        Percent; all of an event sum to 100.
    share, historical_share : float
        The same, 0 to 1.
    move : int or None
        Places won (or lost) against the public board; None there.
    """

    submission_id: int
    event_team_id: int
    rank: int
    team_name: str
    name: str
    slug: str
    cells: tuple[ScoreCell, ...]
    contributivity: int
    historical_contributivity: int
    share: float
    historical_share: float
    train_time_s: float | None
    valid_time_s: float | None
    submitted_at: datetime
    move: int | None = None


@dataclass(frozen=True)
class BoardPage:
    """Rows of a leaderboard; `next` begins after that submission, `previous` ends before that one.

    `n_rows` is the number of rows of the whole board.
    """

    kind: BoardKind
    columns: tuple[BoardColumn, ...]
    rows: tuple[BoardRow, ...]
    n_rows: int
    has_contributivity: bool
    request: BoardRequest
    next: int | None = None
    previous: int | None = None


def event_of_boards(session: Session, event_id: int) -> Event:
    """Return the row of an event that is there, for those who know only its number."""
    return session.get_one(Event, event_id, options=[joinedload(Event.score_types)])


def page(
    session: Session, *, event: Event, kind: BoardKind, request: BoardRequest, names: BoardNames | None = None
) -> BoardPage:
    """Return one page of a board; a page that starts at no row of the board is the first one.

    Ranked by the official score; ties by time of submission, the earlier first; what has no score comes last.
    With the `names` of the board a search reads only what it found.
    """
    request = board_order.known(event, kind, request)
    terms = board_order.order(event, kind, request)
    anchor = request.after or request.before
    key = _key(session, event, terms, anchor) if anchor else None
    if key is None:
        request = request.at()
    query = select(*LeaderboardRow.__table__.columns).where(*_wanted(event, request, names))
    is_before = request.before is not None
    found, has_more = rows_at(session, query, terms, key=key, is_before=is_before, size=PAGE_SIZE)
    has_previous, has_next = (has_more, True) if is_before else (key is not None, has_more)
    shown = [row for row, _ in found]
    ranks = names.ranks_of([row.submission_id for row in shown]) if names else None
    if ranks is None:
        ranks = _ranks(session, event, kind, request, shown)
    shape = _Shape(event, kind)
    return BoardPage(
        kind=kind,
        columns=shape.columns,
        rows=tuple(shape.row(row, *ranks[row.submission_id]) for row in shown),
        n_rows=event.n_board_rows,
        has_contributivity=event.has_contributivity,
        request=request,
        next=shown[-1].submission_id if shown and has_next else None,
        previous=shown[0].submission_id if shown and has_previous else None,
    )


def every_row(session: Session, *, event: Event, kind: BoardKind) -> Iterator[BoardRow]:
    """Yield all rows of a board, the best first, a few at a time: memory does not grow with the board."""
    shape = _Shape(event, kind)
    found = session.execute(_numbered(event, kind), execution_options={"yield_per": _FETCHED_AT_ONCE})
    for rank, row in enumerate(found, start=1):
        yield shape.row(row, rank, row.public_rank)


@dataclass(frozen=True)
class OwnPlace:
    """The first row of a team in an order, and the submission after which a page begins that shows it."""

    submission_id: int
    after: int | None  # None: the first page shows it


def own_place(
    session: Session, *, event: Event, event_team_id: int, kind: BoardKind, request: BoardRequest
) -> OwnPlace | None:
    """Return where the first row of a team stands; None when it has none."""
    terms = board_order.order(event, kind, request)
    placed = (
        select(
            LeaderboardRow.submission_id,
            LeaderboardRow.event_team_id,
            func.row_number().over(order_by=clauses(terms)).label("place"),
        )
        .where(*_wanted(event, request))
        .cte()
    )
    is_own = placed.c.event_team_id == event_team_id
    own = select(placed.c.submission_id, placed.c.place).where(is_own).order_by(placed.c.place).limit(1).cte()
    above = placed.alias()
    query = select(own.c.submission_id, above.c.submission_id).outerjoin(
        above, above.c.place == own.c.place - _ABOVE_OWN - 1
    )
    found = session.execute(query).first()
    return None if found is None else OwnPlace(*found)


class _Shape:
    """Turns stored rows of one board into what is shown."""

    def __init__(self, event: Event, kind: BoardKind):
        self.columns = board_columns(event, kind)
        self._precisions = [number.score.precision for number in numbers(event, kind)]
        self._bests = event.board_bests.get(str(kind)) or [None] * len(self.columns)
        self._kind = kind

    def row(self, stored: Row[Any], rank: int, public_rank: int) -> BoardRow:
        values = stored.public_values if self._kind is BoardKind.public else stored.private_values
        return BoardRow(
            submission_id=stored.submission_id,
            event_team_id=stored.event_team_id,
            rank=rank,
            team_name=stored.team_name,
            name=stored.name,
            slug=stored.slug,
            cells=tuple(map(self._cell, self.columns, values, self._precisions, self._bests)),
            contributivity=stored.percent,
            historical_contributivity=stored.historical_percent,
            share=stored.contributivity,
            historical_share=stored.historical_contributivity,
            train_time_s=stored.train_time_s,
            valid_time_s=stored.valid_time_s,
            submitted_at=stored.submitted_at,
            move=None if self._kind is BoardKind.public else public_rank - rank,
        )

    def _cell(
        self, column: BoardColumn, value: float | None, precision: int, best: float | None
    ) -> ScoreCell:
        text = score_text(value, precision)
        return ScoreCell(column.key, value, text, is_best=value is not None and value == best)


def _wanted(
    event: Event, request: BoardRequest, names: BoardNames | None = None
) -> list[ColumnElement[bool]]:
    """Return the conditions of the rows that somebody asks for."""
    conditions = [LeaderboardRow.event_id == event.id]
    found = names.found(request.search) if names and request.search else None
    if found is not None and len(found) <= _FEW:
        conditions.append(LeaderboardRow.submission_id.in_(found))
    elif request.search:
        columns = LeaderboardRow.team_name, LeaderboardRow.name
        conditions.append(or_(*(column.icontains(request.search, autoescape=True) for column in columns)))
    return conditions


def _key(session: Session, event: Event, terms: Sequence[SortColumn], submission_id: int) -> Key | None:
    """Return where a row stands in an order; None when it is not on the board."""
    query = select(*(term.column for term in terms)).where(
        LeaderboardRow.event_id == event.id, LeaderboardRow.submission_id == submission_id
    )
    found = session.execute(query).first()
    return None if found is None else tuple(found)


def _ranks(
    session: Session, event: Event, kind: BoardKind, request: BoardRequest, rows: Sequence[Row[Any]]
) -> dict[int, tuple[int, int]]:
    """Return of each row its rank on this board and on the public one."""
    if not rows:
        return {}
    if request.is_ranked and kind is BoardKind.public:
        n_above = _n_above(session, event, rows[0]) if request.after or request.before else 0
        return {row.submission_id: (rank, rank) for rank, row in enumerate(rows, start=n_above + 1)}
    columns = (board_order.rank(kind).label("rank"), board_order.rank(BoardKind.public).label("public_rank"))
    numbered = select(LeaderboardRow.submission_id, *columns).where(LeaderboardRow.event_id == event.id)
    every = numbered.subquery()
    ids = [row.submission_id for row in rows]
    found = session.execute(select(every).where(every.c.submission_id.in_(ids)))
    return {submission_id: (rank, public_rank) for submission_id, rank, public_rank in found}


def _n_above(session: Session, event: Event, first: Row[Any]) -> int:
    """Return how many rows of the public board stand above the row `first`."""
    terms = board_order.rank_order(BoardKind.public)
    key = (first.public_key, first.submitted_at, first.submission_id)
    query = select(func.count()).where(LeaderboardRow.event_id == event.id, comes_before(terms, key))
    return session.scalar(query) or 0


def _numbered(event: Event, kind: BoardKind) -> Select[Any]:
    """Return the query of all rows of a board in its order, each with its public rank."""
    table = LeaderboardRow.__table__.columns
    terms = board_order.rank_order(kind)
    query = select(*table, board_order.rank(BoardKind.public).label("public_rank"))
    return query.where(LeaderboardRow.event_id == event.id).order_by(*clauses(terms))
