"""Every table of the administration by its name."""

from databoard.errors import NotFound
from databoard.queries.tables import (
    activity,
    alerts,
    audit,
    events,
    jobs,
    schedule,
    storage,
    storage_findings,
    submissions,
    tokens,
    users,
    workers,
)
from databoard.queries.tables.table import Table

TABLES: dict[str, Table] = {
    module.TABLE.name: module.TABLE
    for module in (
        jobs,
        workers,
        submissions,
        users,
        events,
        storage,
        storage_findings,
        alerts,
        schedule,
        audit,
        tokens,
        activity,
    )
}


def table(name: str) -> Table:
    """Return a table.

    Raises
    ------
    NotFound
        Naming all tables.
    """
    if name not in TABLES:
        raise NotFound(f"Expected a table of {', '.join(TABLES)}, got {name!r}.")
    return TABLES[name]
