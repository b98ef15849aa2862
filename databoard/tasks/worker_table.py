"""List the workers and say whether submissions run. Called by ``fab workers``."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from databoard.queries import overview, workers
from databoard.queries.records import worker_record
from databoard.tasks import output

if TYPE_CHECKING:
    from config import Config

#: More than any day has; the page of the site has pages instead.
ALL = 10_000


def show(session: Session, config: "Config", format: str, *, now: datetime) -> int:
    """Print the workers of the last day; return 0 when one is alive and no jail is open, else 1."""
    rows = workers.listed(session, now=now, lease_s=config.lease_s, size=ALL).rows
    records = [worker_record(row) for row in rows]
    if format == "table":  # why one was refused fills a paragraph: it stands below
        records = [{name: record[name] for name in record if name != "open_layers"} for record in records]
    output.show(records, format)
    view = overview.overview(session, jail=config.jail, now=now, lease_s=config.lease_s)
    for notice in view.notices:
        print(f"{notice.title}: {notice.text}", file=sys.stderr)
    return 0 if view.is_working else 1
