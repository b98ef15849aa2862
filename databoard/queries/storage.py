"""What was stored on which day: ranges of days, the last snapshot of each day, week or month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.errors import InvalidParameter
from databoard.models import Event, StoragePoint, User

RESOLUTIONS = ("day", "week", "month")
#: The categories of the whole site.
SITE = ("total", "users", "events", "admin", "orphaned")
DEFAULT_DAYS, MAX_DAYS = 28, 3660


@dataclass(frozen=True)
class DayRange:
    """Days from `first` to `last`, both included, and which of them are shown."""

    first: date
    last: date
    resolution: str

    def bucket(self, day: date) -> tuple[int, int]:
        """Return what a day is in: itself, its week from Monday on, or its month."""
        if self.resolution == "month":
            return day.year, day.month
        if self.resolution == "week":
            return day.isocalendar()[:2]
        return day.year, day.timetuple().tm_yday


def day_range(chosen: Mapping[str, str], today: date) -> DayRange:
    """Return the range that is chosen, by default the last four weeks.

    Raises
    ------
    InvalidParameter
        If a day is none, the first is after the last, or there are too many between.
    """
    last = _day("end", chosen, today)
    first = _day(
        "start", chosen, max(date.min + timedelta(days=MAX_DAYS), last) - timedelta(days=DEFAULT_DAYS - 1)
    )
    if not first <= last <= first + timedelta(days=MAX_DAYS):
        raise InvalidParameter(
            f"Expected start to be at most {MAX_DAYS} days before end, got {first} and {last}."
        )
    return DayRange(first, last, chosen.get("resolution", "day"))


def _day(name: str, chosen: Mapping[str, str], default: date) -> date:
    text = chosen.get(name, "")
    try:
        found = date.fromisoformat(text) if text else default
    except ValueError:
        raise InvalidParameter(f"Expected {name} to be a day such as 2026-12-01, got {text!r}.") from None
    if not 1970 <= found.year < 9000:
        raise InvalidParameter(f"Expected {name} to be a day of 1970 to 8999, got {text!r}.")
    return found


def shown_days(session: Session, asked: DayRange) -> list[date]:
    """Return the last day with a snapshot in each bucket, in order."""
    query = (
        select(StoragePoint.day)
        .where(StoragePoint.category == "total", StoragePoint.day.between(asked.first, asked.last))
        .order_by(StoragePoint.day)
    )
    last = {asked.bucket(day): day for day in session.scalars(query)}
    return list(last.values())


def of_days(session: Session, days: list[date]) -> dict[date, dict[str, int]]:
    """Return the bytes of the site by day and category."""
    query = select(StoragePoint).where(StoragePoint.day.in_(days), StoragePoint.category.in_(SITE))
    found: dict[date, dict[str, int]] = {day: {} for day in days}
    for point in session.scalars(query):
        found[point.day][point.category] = point.bytes
    return found


def names(session: Session, by: str, categories: set[str]) -> dict[str, str]:
    """Return the name of each account or event by its category; those that were deleted have none."""
    numbers = [int(category.partition(":")[2]) for category in categories]
    columns = (User.id, User.name) if by == "user" else (Event.id, Event.name)
    return {
        f"{by}:{number}": name
        for number, name in session.execute(select(*columns).where(columns[0].in_(numbers)))
    }
