"""The table of what runs by itself, with the last run of each entry."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import ScheduleEntry
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return the entries by name; one query."""
    columns = {"entry": ScheduleEntry.name, "result": ScheduleEntry.last_result}
    query = select(ScheduleEntry).where(*(columns[name] == value for name, value in asked.chosen.items()))
    order = [SortColumn(ScheduleEntry.name)]
    found = page_by_key(session, query, order, position=asked.position, size=asked.size)
    return found.with_rows(_row(entry) for (entry,) in found.rows)


def _row(entry: ScheduleEntry) -> Row:
    started, ended = entry.last_started_at, entry.last_ended_at
    has_ended = started is not None and ended is not None and ended >= started
    return Row(
        {
            "entry": entry.name,
            "about": entry.about,
            "cron": entry.cron,
            "next_due_at": entry.next_due_at,
            "last_started_at": started,
            "took_s": (ended - started).total_seconds() if has_ended and ended and started else None,
            "result": entry.last_result or None,
            "message": entry.last_message,
            "runs_by": entry.claimed_by,
        },
        {"schedule": entry.name},
    )


TABLE = Table(
    name="schedule",
    title="Schedule",
    about="What runs by itself. Times are expressions of cron, in UTC. Cron calls fab tick once a minute.",
    columns=(
        Column("entry", "Entry"),
        Column("about", "What it does"),
        Column("cron", "When"),
        Column("next_due_at", "Next due", Kind.moment),
        Column("last_started_at", "Last start", Kind.moment),
        Column("took_s", "Took", Kind.seconds),
        Column("result", "Result", Kind.state),
        Column("message", "What it said"),
        Column("runs_by", "Runs now on"),
    ),
    filters=(Filter("entry", "Entry"), Filter("result", "Result", ("ok", "failed"))),
    read=read,
    empty="Nothing has looked at the schedule yet. Run it once: fab tick",
)
