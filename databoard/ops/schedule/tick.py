"""Run what is due: each entry once, by one process, outside any transaction.

Each tick is an entry too, whose claim lets one process at a time choose. A tick that is killed loses its claims after
a while; what it had begun is then due again.
"""

import logging
import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.ops.failures import log_failure
from databoard.ops.schedule import times
from databoard.ops.schedule.entries import ENTRIES, Entry
from databoard.services.base.database import open_database, transaction
from databoard.services.queue import schedule
from databoard.services.queue.schedule import TICK, Planned

if TYPE_CHECKING:
    from config import Config

logger = logging.getLogger("databoard.schedule")
#: Every minute, as cron calls it. It is never due by itself: a tick is what looks.
TICK_CRON = "* * * * *"
HOLD_TICK = timedelta(seconds=120)


@dataclass(frozen=True)
class Ran:
    """What became of an entry in a tick; `result` is ``ok``, ``failed`` or ``due``, which was not run."""

    name: str
    result: str
    message: str
    took_s: float | None = None


def tick(
    config: "Config",
    *,
    now: datetime,
    entries: Sequence[Entry] = ENTRIES,
    only: str = "",
    is_dry_run: bool = False,
    by: str = "",
) -> list[Ran] | None:
    """Run every entry that is due; return what became of each, or None while another tick is at work.

    Parameters
    ----------
    only : str
        Run this entry now, due or not.
    is_dry_run : bool
        Only tell what is due.
    by : str
        Who runs it, for the pages; host and process by default.

    Raises
    ------
    NotFound
        If `only` is no entry.
    """
    by = by or f"{socket.gethostname()}:{os.getpid()}"
    known = {entry.name: entry for entry in entries}
    with open_database(config) as database:
        with transaction(database.sessions) as session:
            planned = _plan(entries, config.schedule, now)
            schedule.plan(
                session, [*planned, Planned(TICK, TICK_CRON, "Look for what is due.", now + HOLD_TICK)]
            )
            if only:
                schedule.run_soon(session, only, actor=None, now=now)
            names = [only] if only else [name for name in schedule.due(session, now=now) if name in known]
            if is_dry_run:
                session.rollback()
                return [Ran(name, "due", known[name].about) for name in names]
            if not schedule.claim(session, TICK, by=by, now=now, hold=HOLD_TICK, next_due_at=now + HOLD_TICK):
                return None
        done = list(_run_all([known[name] for name in names], database.sessions, config, by))
        _end_tick(database.sessions, done, by, started_at=now)
    return done


def _plan(entries: Iterable[Entry], changes: dict[str, str], now: datetime) -> list[Planned]:
    """Return the entries that the settings do not switch off, by their times there."""
    found = []
    for entry in entries:
        cron = times.changed(entry.cron, entry.name, changes)
        if cron is not None:
            found.append(Planned(entry.name, cron, entry.about, times.next_after(cron, now)))
    return found


def _run_all(
    entries: Iterable[Entry], sessions: sessionmaker[Session], config: "Config", by: str
) -> Iterable[Ran]:
    for entry in entries:
        ran = _run(entry, sessions, config, by)
        if ran is not None:
            yield ran


def _run(entry: Entry, sessions: sessionmaker[Session], config: "Config", by: str) -> Ran | None:
    """Claim an entry, run it and record how it ended; None when another process has it."""
    started_at = utc_now()
    cron = times.changed(entry.cron, entry.name, config.schedule) or entry.cron
    next_due_at = times.next_after(cron, started_at)
    with transaction(sessions) as session:
        if not schedule.claim(
            session, entry.name, by=by, now=started_at, hold=entry.hold, next_due_at=next_due_at
        ):
            return None
    said, error = "", None
    try:
        said = entry.run(config, started_at)
    except Exception as raised:  # the other entries are due all the same; the failure is recorded and logged
        error = str(raised) or type(raised).__name__
        log_failure(logger, raised, "%s failed", entry.name)
    ended_at = utc_now()
    with transaction(sessions) as session:
        schedule.end(session, entry.name, by=by, started_at=started_at, now=ended_at, error=error, said=said)
    took_s = (ended_at - started_at).total_seconds()
    return Ran(entry.name, schedule.OK if error is None else schedule.FAILED, error or said, took_s)


def _end_tick(sessions: sessionmaker[Session], done: Sequence[Ran], by: str, *, started_at: datetime) -> None:
    failed = [ran.name for ran in done if ran.result == schedule.FAILED]
    said = f"{len(done)} entries ran."
    with transaction(sessions) as session:
        schedule.end(
            session,
            TICK,
            by=by,
            started_at=started_at,
            now=utc_now(),
            error=f"{said} Failed: {', '.join(failed)}." if failed else None,
            said=said,
        )
