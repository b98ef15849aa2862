"""The table of a year: users, teams and submissions by month."""

from sqlalchemy.orm import Session

from databoard.errors import InvalidParameter
from databoard.queries import statistics
from databoard.queries.paging import KeyPage
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table

#: Years that a table may be of.
FIRST, LAST = 2000, 2999


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return the quantities of a year, by default of this one."""
    text = asked.chosen.get("year", str(asked.now.year))
    if not (text.isascii() and text.isdecimal() and FIRST <= int(text[:5]) <= LAST):
        raise InvalidParameter(f"Expected year from {FIRST} to {LAST}, got {text!r}.")
    rows = statistics.yearly(session, int(text), now=asked.now)
    return KeyPage(tuple(Row(record(row, int(text))) for row in rows), None, None)


def record(row: statistics.MonthlyRow, year: int) -> dict[str, object]:
    """Return a row as a record: counts are whole numbers."""
    months = dict(zip(statistics.MONTHS, map(_whole, row.months), strict=True))
    return {"year": year, "what": row.name, **months, "total": _whole(row.total)}


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value


TABLE = Table(
    name="activity",
    title="Activity",
    about="What happened in a year, by month in UTC. Totals of users and teams include earlier years.",
    columns=(
        Column("year", "Year"),
        Column("what", "What"),
        *(Column(month, month.capitalize(), Kind.number) for month in statistics.MONTHS),
        Column("total", "Year's total", Kind.number),
    ),
    filters=(Filter("year", "Year"),),
    read=read,
)
