"""Split long lists into pages: by the key of a row, in one query however long the list.

A page by key begins after a row, or ends before one. Its address names the values of that row in the columns that
sort the list. So rows that come or go meanwhile make no other row missing or shown twice. A key is not secret: sort
only by what its reader may see, or name the row in the address by its number, as leaderboards do. Only the command
line counts pages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, tuple_
from sqlalchemy.engine import result_tuple
from sqlalchemy.orm import InstrumentedAttribute, Session

from databoard.queries.page_keys import TYPES, Key, key_text, parsed_key

PAGE_SIZE = 50

T = TypeVar("T")
Other = TypeVar("Other")
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class SortColumn:
    """A column that sorts a list. With `is_nullable`, rows without a value come last in both directions."""

    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    is_descending: bool = False
    is_nullable: bool = False


@dataclass(frozen=True)
class Position:
    """Where a page is, as its address says: after the row of `key`, or before it.

    `is_strict` says whether a key that is none is refused, as in JSON; on a page it means the first page.
    """

    key: str
    is_before: bool = False
    is_strict: bool = False


@dataclass(frozen=True)
class KeyPage(Generic[T]):
    """Some rows of a list; `previous` and `next` are the keys of the pages beside it, None where there is none.

    Attributes
    ----------
    position : Position or None
        Where it is; None for the first page.
    """

    rows: tuple[T, ...]
    previous: str | None
    next: str | None
    position: Position | None = None

    @property
    def is_first(self) -> bool:
        return self.position is None

    @property
    def count_text(self) -> str:
        """How many rows there are in all, as far as this page shows it: ``12``, ``more than 50``."""
        return f"more than {len(self.rows)}" if self.total is None else str(self.total)

    def here(self, prefix: str = "") -> dict[str, str]:
        """Return what the address of this page says of its position."""
        if self.position is None:
            return {}
        return {f"{prefix}{'before' if self.position.is_before else 'after'}": self.position.key}

    @property
    def total(self) -> int | None:
        """The number of rows in all; None while there are other pages, because counting them costs a query."""
        return len(self.rows) if self.is_first and self.next is None else None

    def with_rows(self, rows: Iterable[Other]) -> "KeyPage[Other]":
        return KeyPage(tuple(rows), self.previous, self.next, self.position)


def page_by_key(
    session: Session,
    query: Select[*Columns],
    order: Sequence[SortColumn],
    *,
    position: Position | None = None,
    size: int = PAGE_SIZE,
) -> KeyPage[Row[*Columns]]:
    """Return one page of `query` in `order`: the first page without a position.

    Parameters
    ----------
    order : sequence of SortColumn
        The last one has another value in every row. Each may stand in WHERE: no sum over a group, no window.

    Raises
    ------
    NoKey
        If the position is strict and its key is not one of this order.
    """
    types = _types(order)
    key = None if position is None else parsed_key(position.key, types, is_strict=position.is_strict)
    is_before = position is not None and position.is_before and key is not None
    found, has_more = rows_at(session, query, order, key=key, is_before=is_before, size=size)
    has_previous, has_next = (has_more, True) if is_before else (key is not None, has_more)
    return KeyPage(
        rows=tuple(row for row, _ in found),
        previous=key_text(found[0][1]) if found and has_previous else None,
        next=key_text(found[-1][1]) if found and has_next else None,
        position=None if key is None else position,
    )


def rows_at(
    session: Session,
    query: Select[*Columns],
    order: Sequence[SortColumn],
    *,
    key: Key | None,
    is_before: bool = False,
    size: int = PAGE_SIZE,
) -> tuple[list[tuple[Row[*Columns], Key]], bool]:
    """Return rows of `query` in `order`, each with its key, and whether there are more in the same direction.

    They come after the row of `key`, are the last ones before it with `is_before`, or the first ones without a key.
    """
    steps = [SortColumn(by.column, by.is_descending != is_before, by.is_nullable) for by in order]
    if key is not None:
        query = query.where(_beyond(steps, key, are_nulls_first=is_before))
    found = _fetch(session, query, steps, size + 1, are_nulls_first=is_before)
    has_more, found = len(found) > size, found[:size]
    return found[::-1] if is_before else found, has_more


def clauses(order: Sequence[SortColumn], *, are_nulls_first: bool = False) -> list[ColumnElement[Any]]:
    """Return what ORDER BY takes."""
    found: list[ColumnElement[Any]] = []
    for by in order:
        if by.is_nullable:
            is_null = by.column.is_(None)
            found.append(is_null.desc() if are_nulls_first else is_null.asc())
        found.append(by.column.desc() if by.is_descending else by.column.asc())
    return found


def comes_before(order: Sequence[SortColumn], key: Key) -> ColumnElement[bool]:
    """Return the condition that a row comes before the one of a key, in an order without empty values."""
    opposite = [SortColumn(by.column, not by.is_descending) for by in order]
    return _beyond(opposite, key, are_nulls_first=True)


def _types(order: Sequence[SortColumn]) -> list[tuple[type, bool]]:
    types = [(by.column.type.python_type, by.is_nullable) for by in order]
    if other := {kind.__name__ for kind, _ in types} - {kind.__name__ for kind in TYPES}:
        names = ", ".join(kind.__name__ for kind in TYPES)
        raise TypeError(f"Expected a list to be sorted by {names}, got {', '.join(other)}.")
    return types


def _fetch(
    session: Session,
    query: Select[*Columns],
    steps: Sequence[SortColumn],
    n_rows: int,
    *,
    are_nulls_first: bool,
) -> list[tuple[Row[*Columns], Key]]:
    """Return rows of a query, each with its values in the columns that sort."""
    keyed = query.order_by(None).order_by(*clauses(steps, are_nulls_first=are_nulls_first)).limit(n_rows)
    values = [step.column.label(f"sort_value_{number}") for number, step in enumerate(steps)]
    result = session.execute(keyed.add_columns(*values))
    row_of = result_tuple(list(result.keys())[: -len(steps)])
    return [(row_of(row[: -len(steps)]), tuple(row[-len(steps) :])) for row in result]


def _beyond(steps: Sequence[SortColumn], key: Key, *, are_nulls_first: bool) -> ColumnElement[bool]:
    """Return the condition of the rows that come after a key in the direction of `steps`."""
    if len({step.is_descending for step in steps}) == 1 and not any(step.is_nullable for step in steps):
        here = tuple_(*(step.column for step in steps))  # which an index of these columns answers
        return here < key if steps[0].is_descending else here > key
    condition: ColumnElement[bool] = false()
    for step, value in reversed(list(zip(steps, key, strict=True))):
        condition = or_(_is_past(step, value, are_nulls_first), and_(_is_at(step, value), condition))
    return condition


def _is_at(step: SortColumn, value: object) -> ColumnElement[bool]:
    return step.column.is_(None) if value is None else step.column == value


def _is_past(step: SortColumn, value: object, are_nulls_first: bool) -> ColumnElement[bool]:
    if value is None:
        return step.column.is_not(None) if are_nulls_first else false()
    past = step.column < value if step.is_descending else step.column > value
    return or_(past, step.column.is_(None)) if step.is_nullable and not are_nulls_first else past


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list: page `number` (from 1) of `pages`, `size` rows each, `total` rows in all."""

    rows: tuple[T, ...]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    def with_rows(self, rows: Iterable[Other]) -> "Page[Other]":
        return Page(tuple(rows), self.number, self.size, self.total)


def paginate(
    session: Session, query: Select[*Columns], *, page: int, size: int = PAGE_SIZE
) -> Page[Row[*Columns]]:
    """Return page `page` of `query`; a page before the first or past the last is the first or last one."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(max(1, page), max(1, -(-total // size)))
    rows = session.execute(query.limit(size).offset((number - 1) * size)).all()
    return Page(tuple(rows), number, size, total)
