"""Split long lists into pages with a total, with a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar, TypeVarTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

PAGE_SIZE = 50


T = TypeVar("T")
Other = TypeVar("Other")
Columns = TypeVarTuple("Columns")


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
