"""The table of what is stored: by day of the whole site, or by account or event."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import StoragePoint
from databoard.queries import storage
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table

#: The name of a row of the whole site.
SITE = "site"


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return the snapshots, the latest first; three queries."""
    wanted = storage.day_range(asked.chosen, asked.now.date())
    days = storage.shown_days(session, wanted)
    by = asked.chosen.get("by", SITE)
    category = StoragePoint.category == "total" if by == SITE else StoragePoint.category.startswith(f"{by}:")
    order = [
        SortColumn(StoragePoint.day, True),
        SortColumn(StoragePoint.bytes, True),
        SortColumn(StoragePoint.id),
    ]
    query = select(StoragePoint).where(StoragePoint.day.in_(days), category)
    found = page_by_key(session, query, order, position=asked.position, size=asked.size)
    points = [point for (point,) in found.rows]
    if by == SITE:
        known = storage.of_days(session, [point.day for point in points])
        return found.with_rows(_row(point, SITE, known[point.day]) for point in points)
    names = storage.names(session, by, {point.category for point in points})
    return found.with_rows(_row(point, names.get(point.category, point.category), {}, by) for point in points)


def _row(point: StoragePoint, name: str, site: dict[str, int], by: str = SITE) -> Row:
    values = {
        "day": point.day.isoformat(),
        "by": by,
        "name": name,
        "total": point.bytes,
        **{category: site.get(category) for category in storage.SITE[1:]},
        "is_estimated": point.is_estimated,
    }
    return Row(values, {"owner": name})


TABLE = Table(
    name="storage",
    title="Storage",
    about="What is stored, by day in UTC. Total is the sum of users, administration and orphaned files.",
    columns=(
        Column("day", "Day"),
        Column("by", "Of a"),
        Column("name", "Name"),
        Column("total", "Total", Kind.bytes),
        Column("users", "Users", Kind.bytes),
        Column("events", "Charged to events", Kind.bytes),
        Column("admin", "Administration", Kind.bytes),
        Column("orphaned", "Orphaned", Kind.bytes),
        Column("is_estimated", "Estimated", Kind.flag),
    ),
    filters=(
        Filter("by", "By", (SITE, "user", "event")),
        Filter("start", "From day"),
        Filter("end", "To day"),
        Filter("resolution", "Last of each", storage.RESOLUTIONS),
    ),
    read=read,
    empty="No snapshot of these days. Take one: fab storage_snapshot",
)
