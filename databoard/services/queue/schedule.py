"""Who may run what is due: entries of the schedule are claimed, run outside any transaction, and ended.

Called by `ops.schedule`, which knows what an entry does and when it is due.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, not_, or_, select, update
from sqlalchemy.orm import Session

from databoard.errors import NotFound
from databoard.models import ScheduleEntry, ScheduleRun, User
from databoard.services.base import audit
from databoard.services.base.database import n_changed

OK, FAILED = "ok", "failed"
#: The entry that is the look itself, once a minute.
TICK = "tick"
#: What a run said is kept up to this length.
MAX_MESSAGE = 2000


@dataclass(frozen=True)
class Planned:
    """An entry as the code and the settings have it: when it runs, and when that is next."""

    name: str
    cron: str
    about: str
    next_due_at: datetime


def plan(session: Session, planned: Iterable[Planned]) -> None:
    """Let the rows of the schedule be these entries; one whose times changed is due by the new ones."""
    rows = {row.name: row for row in session.scalars(select(ScheduleEntry))}
    names = set()
    for entry in planned:
        names.add(entry.name)
        row = rows.get(entry.name)
        if row is None:
            row = ScheduleEntry(name=entry.name, cron=entry.cron, next_due_at=entry.next_due_at)
            session.add(row)
        if row.cron != entry.cron:
            row.cron, row.next_due_at = entry.cron, entry.next_due_at
        row.about = entry.about
    session.execute(delete(ScheduleEntry).where(ScheduleEntry.name.not_in(names)))
    session.flush()


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of what is due and not running, the longest due first."""
    is_lost = ScheduleEntry.claimed_until <= now
    is_due = (ScheduleEntry.next_due_at <= now) & ScheduleEntry.claimed_until.is_(None)
    query = select(ScheduleEntry.name).where(or_(is_lost, is_due))
    return list(session.scalars(query.order_by(ScheduleEntry.next_due_at, ScheduleEntry.id)))


def claim(
    session: Session, name: str, *, by: str, now: datetime, hold: timedelta, next_due_at: datetime
) -> bool:
    """Take an entry that nobody runs, for at most `hold`; return whether it was free."""
    is_free = or_(ScheduleEntry.claimed_until.is_(None), ScheduleEntry.claimed_until <= now)
    taken = update(ScheduleEntry).where(ScheduleEntry.name == name, is_free)
    values = {"claimed_by": by, "claimed_until": now + hold, "last_started_at": now}
    if n_changed(session, taken.values(**values, next_due_at=next_due_at)) == 0:
        return False
    session.add(ScheduleRun(entry_name=name, started_at=now, ran_by=by))
    session.flush()
    return True


def end(
    session: Session, name: str, *, by: str, started_at: datetime, now: datetime, error: str | None, said: str
) -> None:
    """Record how a run ended; nothing happens to an entry that somebody else has claimed meanwhile."""
    result, message = (OK, said) if error is None else (FAILED, error)
    message = message[:MAX_MESSAGE]
    ended = {"last_ended_at": now, "last_result": result, "last_message": message}
    own = (
        ScheduleEntry.name == name,
        ScheduleEntry.claimed_by == by,
        ScheduleEntry.last_started_at == started_at,
    )
    free = {"claimed_until": None, "claimed_by": ""}
    session.execute(update(ScheduleEntry).where(*own).values(**ended, **free))
    run = (ScheduleRun.entry_name == name, ScheduleRun.ran_by == by, ScheduleRun.started_at == started_at)
    session.execute(update(ScheduleRun).where(*run).values(ended_at=now, result=result, message=message))


def run_soon(session: Session, name: str, *, actor: User | None, now: datetime) -> ScheduleEntry:
    """Let an entry be due now, so that the next tick runs it.

    Raises
    ------
    NotFound
        Naming all entries.
    """
    entry = session.scalar(select(ScheduleEntry).where(ScheduleEntry.name == name))
    if entry is None:
        names = ", ".join(session.scalars(select(ScheduleEntry.name).order_by(ScheduleEntry.name)))
        raise NotFound(f"Expected an entry of the schedule ({names}), got {name!r}.")
    audit.record_on(
        session, entry, "run_soon", actor=actor, now=now, due_before=entry.next_due_at.isoformat()
    )
    entry.next_due_at = now
    return entry


def forget_runs(session: Session, *, before: datetime, failed_before: datetime) -> int:
    """Remove runs that started before a time, those that failed only before an earlier one; return how many."""
    is_old = ScheduleRun.started_at < before
    is_kept = (ScheduleRun.result == FAILED) & (ScheduleRun.started_at >= failed_before)
    return n_changed(session, delete(ScheduleRun).where(is_old, not_(is_kept)))
