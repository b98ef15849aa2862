"""Whether something looks at the schedule: cron every minute, or a worker in its place. For worker and status."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import ScheduleEntry, ScheduleRun
from databoard.services.queue.schedule import FAILED, TICK

#: How the name begins of a worker that looks in place of cron.
WORKER = "worker "


@dataclass(frozen=True)
class LastTick:
    """The last look at the schedule, and who looked: a process of the command line, or a worker."""

    ended_at: datetime
    by: str


def last_tick(session: Session, *, but_by: str = "") -> LastTick | None:
    """Return the last tick that ended, but of those whose names begin with `but_by`; None when there was none."""
    ended = ScheduleRun.ended_at
    query = select(ended, ScheduleRun.ran_by).where(ScheduleRun.entry_name == TICK, ended.is_not(None))
    if but_by:
        query = query.where(ScheduleRun.ran_by.not_like(f"{but_by}%"))
    row = session.execute(query.order_by(ScheduleRun.started_at.desc()).limit(1)).first()
    return None if row is None or row[0] is None else LastTick(row[0], row[1])


def failed(session: Session) -> list[tuple[str, str]]:
    """Return name and message of every entry whose last run failed."""
    query = select(ScheduleEntry.name, ScheduleEntry.last_message).where(ScheduleEntry.last_result == FAILED)
    return [(name, message) for name, message in session.execute(query.order_by(ScheduleEntry.name))]
