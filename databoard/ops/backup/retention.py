"""Which backups stay. Pure: times in, times out. Called by `ops.backup.make` and `ops.backup.targets`."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class RetentionRules:
    """How much is kept.

    Attributes
    ----------
    all_h : int
        Hours for which every backup stays.
    n_daily, n_weekly, n_monthly : int
        Of so many days, weeks (from Monday) and months the last backup stays. Only those that have a backup count:
        when backups stop, the old ones stay.
    """

    all_h: int = 24
    n_daily: int = 7
    n_weekly: int = 4
    n_monthly: int = 6


def kept(times: Iterable[datetime], rules: RetentionRules, *, now: datetime) -> set[datetime]:
    """Return which of the backups made at `times` (aware, UTC) stay; the newest always does."""
    newest_first = sorted(times, reverse=True)
    since = now - timedelta(hours=rules.all_h)
    return (
        set(newest_first[:1])
        | {time for time in newest_first if time > since}
        | _last_of_each(newest_first, datetime.date, rules.n_daily)
        | _last_of_each(newest_first, lambda time: time.isocalendar()[:2], rules.n_weekly)
        | _last_of_each(newest_first, lambda time: (time.year, time.month), rules.n_monthly)
    )


def _last_of_each(
    newest_first: list[datetime], period: Callable[[datetime], Hashable], n_periods: int
) -> set[datetime]:
    """Return the last time in each of the latest `n_periods` periods that have one."""
    last: dict[Hashable, datetime] = {}
    for time in newest_first:
        last.setdefault(period(time), time)
    return set(list(last.values())[:n_periods])
