"""Run what is due and print it. Called by ``fab tick``."""

from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.ops import guard
from databoard.ops.schedule.tick import tick as run_due
from databoard.services.base.database import open_database
from databoard.services.queue.schedule import FAILED
from databoard.tasks import output

if TYPE_CHECKING:
    from config import Config

BUSY = "Another tick is at work."


def tick(config: "Config", *, only: str, is_dry_run: bool, format: str) -> int:
    """Run what is due, or only tell it; return 1 when an entry failed.

    Raises
    ------
    NotFound
        If `only` is no entry.
    """
    output.require_format(format)
    with open_database(config) as database:
        guard.require_ready(config, database.engine)
    done = run_due(config, now=utc_now(), only=only, is_dry_run=is_dry_run)
    if done is None:
        print(BUSY)
        return 0
    rows = [
        {"entry": ran.name, "result": ran.result, "took_s": ran.took_s, "message": ran.message}
        for ran in done
    ]
    if rows or format != "table":
        output.show(rows, format)
    else:
        print("Nothing is due.")
    return int(any(ran.result == FAILED for ran in done))
