"""Print one page of a table of the administration. Called by ``fab show``."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from databoard.queries.paging import Position
from databoard.queries.tables import catalogue
from databoard.queries.tables.table import Asked
from databoard.tasks import classic, output

if TYPE_CHECKING:
    from config import Config


def asked(settings: "Config", where: str, after: str, page_size: int, *, now: datetime) -> Asked:
    """Return what is typed as what is asked of a table; the command line sees every row."""
    return Asked(
        viewer=None,
        now=now,
        lease_s=settings.lease_s,
        size=page_size or settings.page_size,
        chosen=classic.parse_pairs(where),
        position=Position(after, is_strict=True) if after else None,
    )


def show(session: Session, name: str, wanted: Asked, format: str) -> None:
    """Print a page of rows, and on standard error how to get the next one.

    Raises
    ------
    RuleError
        If there is no such table, filter, value or page.
    """
    output.require_format(format)
    table = catalogue.table(name)
    page = table.page(session, wanted)
    records = table.records(page.rows)
    if not records and format == "table":
        print(table.empty)
        return
    output.show(records, format)
    if page.next:
        print(f"There are more rows: add after={page.next}", file=sys.stderr)
