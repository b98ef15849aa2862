"""The backup that cron makes: when it is due, made, and copied elsewhere. Called by `tasks` and the schedule."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from databoard.errors import Conflict
from databoard.ops import guard
from databoard.ops.backup import make, targets
from databoard.ops.backup.databases import database_of
from databoard.ops.backup.make import MadeBackup
from databoard.ops.backup.schedule import Intervals, due_at
from databoard.ops.backup.shelf import Shelf, time_of
from databoard.queries.closings import closing_times
from databoard.services.base.database import open_database

if TYPE_CHECKING:
    from config import Config


@dataclass(frozen=True)
class DoneBackup:
    """A backup that was made, and where it was copied; `copied` is empty without a target."""

    made: MadeBackup
    copied: str

    @property
    def summary(self) -> str:
        """What was done, in one line."""
        listed = self.made.manifest
        return (
            f"Backup {self.made.path.name}: {sum(listed.n_rows.values()):,} rows, {len(listed.files):,} files, "
            f"{listed.size_bytes / 1e6:,.1f} MB. {self.made.n_copied:,} files were copied, the others are links. "
            f"Verified by a restore into scratch. {self.made.duration_s:.1f} s. "
            f"{_number(len(self.made.removed), 'old backup')} removed."
        )

    @property
    def losses(self) -> list[str]:
        """What the operator must know: files that an earlier backup had damaged, or that the server has lost."""
        damaged = (
            f"the earlier backup had a damaged copy of {path}; this one has a good one"
            for path in self.made.healed
        )
        lost = (f"the server has lost {path}, and no backup has it" for path in self.made.manifest.missing)
        return [*damaged, *lost]


def back_up(config: "Config", *, now: datetime) -> DoneBackup:
    """Make a backup now and copy it to the target.

    Raises
    ------
    RuleError
        If none was made, or it was not copied.
    """
    with open_database(config) as database:
        guard.require_own_database(config, database.engine)
    made = make.make(config, now=now)
    return DoneBackup(made, _copy(config, now) if config.backup_target else "")


def back_up_if_due(config: "Config", *, now: datetime) -> str:
    """Make a backup when one is due; return in one line what was done.

    Raises
    ------
    RuleError
        If none was made, it was not copied, or the server has lost files of it.
    """
    due = next_due_at(config, now)
    if due > now:
        return f"No backup is due before {due:%Y-%m-%d %H:%M} UTC."
    try:
        done = back_up(config, now=now)
    except Conflict as busy:
        return str(busy)  # the next tick asks again before a long backup has ended
    if done.made.manifest.missing:
        raise Conflict(f"{done.summary} But {'; '.join(done.losses)}.")
    return " ".join([done.summary, done.copied]).strip()


def next_due_at(config: "Config", now: datetime) -> datetime:
    """Return when the next backup is due."""
    newest = Shelf.of(config.home).newest()
    intervals = Intervals(
        timedelta(seconds=config.backup_interval_s), timedelta(seconds=config.backup_event_interval_s)
    )
    closings = []
    if database_of(config).is_there():  # a lost one is no reason not to list the backups
        with open_database(config) as database, database.sessions() as session:
            closings = closing_times(session, now=now)
    return due_at(time_of(newest) if newest else None, now=now, closings=closings, intervals=intervals)


def _copy(config: "Config", now: datetime) -> str:
    target = targets.Target.of(config.backup_target)
    copied = targets.copy(Shelf.of(config.home), target, make.rules_of(config), now=now)
    place = target.host or target.folder
    return (
        f"Copied to {place}: {', '.join(copied.copied) or 'nothing new'}. "
        f"{_number(len(copied.removed), 'old backup')} removed there."
    )


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
