"""The table of workers of the last day."""

from sqlalchemy.orm import Session

from databoard.queries import workers
from databoard.queries.paging import KeyPage
from databoard.queries.records import worker_record
from databoard.queries.tables.table import Asked, Column, Kind, Row, Table


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return workers: those refused, then those at work, then those that ended; two queries."""
    found = workers.listed(
        session, now=asked.now, lease_s=asked.lease_s, position=asked.position, size=asked.size
    )
    return found.with_rows(Row(worker_record(row), {"worker": row.name}) for row in found.rows)


TABLE = Table(
    name="workers",
    title="Workers",
    about="Workers of the last 24 hours.",
    columns=(
        Column("worker", "Worker", leads_to="worker"),
        Column("state", "State", Kind.state),
        Column("jobs", "Jobs"),
        Column("pid", "Process", Kind.number),
        Column("uptime_s", "Runs for", Kind.seconds),
        Column("rss_bytes", "Memory", Kind.bytes),
        Column("cpu_percent", "Processor [%]", Kind.number),
        Column("memory_used", "Machine's memory used", Kind.number),
        Column("disk_used", "Disk used", Kind.number),
        Column("jail_level", "Jail"),
        Column("engine", "Engine"),
        Column("n_slots", "Slots", Kind.number),
        Column("n_done", "Done", Kind.number),
        Column("n_faults", "Server faults", Kind.number),
        Column("started_at", "Started"),
        Column("heartbeat_at", "Last heartbeat"),
        Column("stopped_at", "Stopped"),
        Column("pause_reason", "Takes no job because"),
        Column("open_layers", "Open layers"),
    ),
    read=read,
    empty="No worker yet. Start one: fab worker",
    is_live=True,
)
