"""Check or measure the stored files and print the result. Called by `storage`."""

import sys
from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.ops import guard
from databoard.ops.storage.check import check_storage, printable
from databoard.ops.storage.snapshot import take_snapshot
from databoard.services.base.database import open_database
from databoard.services.base.files import FileStore
from databoard.tasks import output

if TYPE_CHECKING:
    from config import Config

FITS = "Every file is where the rows say, and no other."


def check(config: "Config", *, is_fixing: bool, format: str) -> int:
    """Print what does not fit; return 1 when anything is left that does not."""
    output.require_format(format)
    store = FileStore(config.home, config.problems)
    with open_database(config) as database:
        guard.require_ready(config, database.engine)
        findings = check_storage(database.sessions, store, now=utc_now(), fix=is_fixing)
    rows = [
        {
            "problem": str(each.problem),
            "path": printable(each.path),
            "bytes": each.bytes,
            "expected_bytes": each.expected_bytes,
            "named_by": each.owner,
            "removed": each.is_fixed,
        }
        for each in findings
    ]
    if rows or format != "table":
        output.show(rows, format)
    else:
        print(FITS)
    return int(not all(each.is_fixed for each in findings))


def snapshot(config: "Config", *, format: str) -> int:
    """Measure, and print the bytes of today; return 1 when the size of a file is not known."""
    output.require_format(format)
    store = FileStore(config.home, config.problems)
    with open_database(config) as database:
        guard.require_ready(config, database.engine)
        taken = take_snapshot(database.sessions, store, now=utc_now())
    site = {name: size for name, size in taken.categories.items() if ":" not in name}
    output.show([{"day": taken.day.isoformat(), **site, "days_estimated": taken.n_estimated}], format)
    for path in taken.unmeasured:
        print(f"{path} is away; its size is not known.", file=sys.stderr)
    return int(bool(taken.unmeasured))
