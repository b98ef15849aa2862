"""When the next backup is due: more often while an event closes soon. Pure: times in, a time out.

Called by `tasks.backups`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: So long before an event closes its teams submit most.
CLOSING_WITHIN = timedelta(days=1)
#: Cron asks at fixed minutes and a backup takes a while. Without slack each one would be one question later.
SLACK = timedelta(minutes=2)


@dataclass(frozen=True)
class Intervals:
    """How far apart backups are: as a rule, and while an event closes soon (whichever is shorter)."""

    usual: timedelta
    closing: timedelta


def due_at(
    newest: datetime | None, *, now: datetime, closings: Iterable[datetime], intervals: Intervals
) -> datetime:
    """Return from when on a backup is due; `now` when there is none yet.

    Parameters
    ----------
    newest : datetime or None
        When the newest backup was made.
    closings : iterable of datetime
        When events close; past ones and far ones do not matter.
    """
    if newest is None:
        return now
    is_closing = any(now <= closes_at <= now + CLOSING_WITHIN for closes_at in closings)
    interval = min(intervals.usual, intervals.closing) if is_closing else intervals.usual
    return newest + interval - SLACK
