"""Make a backup when it is due and print what was done; list the backups. Called by `tasks.backups`."""

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.errors import Conflict, RuleError
from databoard.ops.backup import manifest, routine
from databoard.ops.backup.shelf import Shelf, time_of
from databoard.tasks.output import show as show_rows

if TYPE_CHECKING:
    from config import Config

#: A backup may take so long, and cron may ask so late, before `fab backups` calls the next one overdue.
GRACE = timedelta(hours=2)


def back_up(config: "Config", *, is_if_due: bool = False) -> int:
    """Make a backup and copy it to the target; return 1 when it is not complete.

    Raises
    ------
    RuleError
        If none was made, or it was not copied.
    """
    now = utc_now()
    if is_if_due and (due := routine.next_due_at(config, now)) > now:
        print(f"No backup is due before {due:%Y-%m-%d %H:%M} UTC.")
        return 0
    try:
        done = routine.back_up(config, now=now)
    except Conflict as busy:
        if not is_if_due:
            raise
        print(busy)  # cron asks again before a long backup has ended
        return 0
    print("\n".join(filter(None, [done.summary, done.copied])), flush=True)
    for loss in done.losses:
        print(f"fab: {loss}", file=sys.stderr)
    return int(bool(done.made.manifest.missing))


def show(config: "Config", format: str) -> int:
    """Print the backups, the newest first; return 1 when the next one is overdue."""
    shelf, now = Shelf.of(config.home), utc_now()
    show_rows([_record(shelf, name, now) for name in reversed(shelf.names())], format)
    is_overdue = routine.next_due_at(config, now) + GRACE < now or shelf.newest() is None
    if is_overdue:
        print("fab: a backup is overdue. Make one: fab backup", file=sys.stderr)
    return int(is_overdue)


def _record(shelf: Shelf, name: str, now: datetime) -> dict[str, object]:
    age_h = round((now - time_of(name)).total_seconds() / 3600, 1)
    try:
        listed = manifest.read(shelf.folder / name)
    except RuleError:
        nothing = dict.fromkeys(
            ("database", "revision", "version", "submissions", "files", "bytes", "missing")
        )
        return {"name": name, "age_h": age_h, **nothing, "state": "damaged"}
    return {
        "name": name,
        "age_h": age_h,
        "database": listed.database_name,
        "revision": listed.revision,
        "version": listed.code_version,
        "submissions": listed.n_rows.get("submissions"),
        "files": len(listed.files),
        "bytes": listed.size_bytes,
        "missing": len(listed.missing),
        "state": "incomplete" if listed.missing else "verified",
    }
