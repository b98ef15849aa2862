"""Write down what is stored today: ``fab storage_snapshot`` and the schedule.

A day has one snapshot, and a second one replaces it. Days since the one before are filled in along a straight line,
and marked as estimated.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from databoard.models import SandboxFile, SandboxVersion, StoragePoint, SubmissionFile
from databoard.ops.storage import named
from databoard.ops.storage.measure import measure
from databoard.ops.storage.walk import found_file
from databoard.services.base.database import take_turn, transaction
from databoard.services.base.files import FileStore

#: What is estimated of a day that nobody measured; the total is their sum.
ESTIMATED = ("users", "events", "admin", "orphaned")
#: Days further back are not filled in.
MAX_FILLED = timedelta(days=366)
#: Any number that no other turn has.
_TURN = 7_241_119
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Snapshot:
    """What was written: the day, bytes by category, how many days were estimated, files whose size nobody knows."""

    day: date
    categories: dict[str, int]
    n_estimated: int
    unmeasured: tuple[str, ...]


def take_snapshot(sessions: sessionmaker[Session], store: FileStore, *, now: datetime) -> Snapshot:
    """Measure, and write the points of today in place of what was written today before."""
    with transaction(sessions) as session:
        unmeasured = _measure_again(session, store)
    with transaction(sessions) as session:
        categories = measure(session, store).categories()
    today = now.date()
    with transaction(sessions) as session:
        take_turn(session, _TURN)
        filled = _estimates(session, today, categories)
        last = today - DAY * (len(filled) + 1)
        session.execute(delete(StoragePoint).where(StoragePoint.day > last, StoragePoint.day <= today))
        days = [(day, known, True) for day, known in filled.items()] + [(today, categories, False)]
        session.execute(
            insert(StoragePoint),
            [
                {"day": day, "category": category, "bytes": size, "is_estimated": is_estimated}
                for day, known, is_estimated in days
                for category, size in known.items()
            ],
        )
    return Snapshot(today, categories, len(filled), unmeasured)


def _measure_again(session: Session, store: FileStore) -> tuple[str, ...]:
    """Measure files whose row has no size; return the paths of those that are away."""
    away = []
    for model in (SandboxFile, SandboxVersion, SubmissionFile):
        for sha256 in session.scalars(select(model.sha256).where(model.size_bytes < 0).distinct()).all():
            file = found_file(store.home, named.content_path(sha256))
            if file is None:
                away.append(named.content_path(sha256))
                continue
            is_same = (model.sha256 == sha256, model.size_bytes < 0)
            session.execute(update(model).where(*is_same).values(size_bytes=file.size_bytes))
    return tuple(away)


def _estimates(session: Session, today: date, now: dict[str, int]) -> dict[date, dict[str, int]]:
    """Return the categories of each day between the last measured day and today."""
    is_measured = (StoragePoint.day < today, StoragePoint.is_estimated.is_(False))
    last = session.scalar(select(func.max(StoragePoint.day)).where(*is_measured))
    if last is None or today - last > MAX_FILLED:
        return {}
    query = select(StoragePoint.category, StoragePoint.bytes).where(
        StoragePoint.day == last, StoragePoint.category.in_(ESTIMATED)
    )
    then = {row.category: row.bytes for row in session.execute(query)}
    n_days = (today - last).days
    return {last + DAY * number: _between(then, now, number, n_days) for number in range(1, n_days)}


def _between(then: dict[str, int], now: dict[str, int], number: int, n_days: int) -> dict[str, int]:
    found = {
        name: then.get(name, 0) + (now[name] - then.get(name, 0)) * number // n_days for name in ESTIMATED
    }
    return found | {"total": found["users"] + found["admin"] + found["orphaned"]}
