"""Make a backup when it is due and print what was done; list the backups. Called by `tasks.backups`."""

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.errors import Conflict, RuleError
from databoard.ops import guard
from databoard.ops.backup import make, manifest, targets
from databoard.ops.backup.databases import database_of
from databoard.ops.backup.make import MadeBackup
from databoard.ops.backup.schedule import Intervals, due_at
from databoard.ops.backup.shelf import Shelf, time_of
from databoard.queries.closings import closing_times
from databoard.services.base.database import open_database
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
    with open_database(config) as database:
        guard.require_own_database(config, database.engine)
    if is_if_due:
        due = _due_at(config, now)
        if due > now:
            print(f"No backup is due before {_minute(due)} UTC.")
            return 0
    try:
        made = make.make(config, now=now)
    except Conflict as busy:
        if not is_if_due:
            raise
        print(busy)  # cron asks again before a long backup has ended
        return 0
    print(_summary(made), flush=True)
    _name_losses(made)
    if config.backup_target:
        _copy(config, now)
    return int(bool(made.manifest.missing))


def show(config: "Config", format: str) -> int:
    """Print the backups, the newest first; return 1 when the next one is overdue."""
    shelf, now = Shelf.of(config.home), utc_now()
    show_rows([_record(shelf, name, now) for name in reversed(shelf.names())], format)
    is_overdue = _due_at(config, now) + GRACE < now or shelf.newest() is None
    if is_overdue:
        print("fab: a backup is overdue. Make one: fab backup", file=sys.stderr)
    return int(is_overdue)


def _due_at(config: "Config", now: datetime) -> datetime:
    newest = Shelf.of(config.home).newest()
    intervals = Intervals(
        timedelta(seconds=config.backup_interval_s), timedelta(seconds=config.backup_event_interval_s)
    )
    closings = []
    if database_of(config).is_there():  # a lost one is no reason not to list the backups
        with open_database(config) as database, database.sessions() as session:
            closings = closing_times(session, now=now)
    return due_at(time_of(newest) if newest else None, now=now, closings=closings, intervals=intervals)


def _summary(made: MadeBackup) -> str:
    files = made.manifest.files
    return (
        f"Backup {made.path.name}: {sum(made.manifest.n_rows.values()):,} rows, {len(files):,} files, "
        f"{_megabytes(made.manifest.size_bytes)}. {made.n_copied:,} files were copied, the others are links. "
        f"Verified by a restore into scratch. {made.duration_s:.1f} s. "
        f"{_number(len(made.removed), 'old backup')} removed."
    )


def _name_losses(made: MadeBackup) -> None:
    for path in made.healed:
        print(
            f"fab: the earlier backup had a damaged copy of {path}; this one has a good one", file=sys.stderr
        )
    for path in made.manifest.missing:
        print(f"fab: the server has lost {path}, and no backup has it", file=sys.stderr)


def _copy(config: "Config", now: datetime) -> None:
    target = targets.Target.of(config.backup_target)
    copied = targets.copy(Shelf.of(config.home), target, make.rules_of(config), now=now)
    place = target.host or target.folder
    print(
        f"Copied to {place}: {', '.join(copied.copied) or 'nothing new'}. "
        f"{_number(len(copied.removed), 'old backup')} removed there."
    )


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


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
