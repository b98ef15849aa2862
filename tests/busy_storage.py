"""What a busy site has stored and what checks of it found. Called by `busy_site`."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from databoard.models import StorageFinding, StoragePoint
from databoard.states import StorageProblem


def fill(session: Session, now: datetime) -> None:
    """Let a check have found a file that no row names, and have removed another; three days were measured."""
    facts = {"found_at": now, "problem": StorageProblem.orphaned, "bytes": 1 << 20}
    session.add(StorageFinding(path="submissions/a stray file.csv", **facts))
    session.add(StorageFinding(path=f"submissions/ab/{'ab' * 32}", fixed_at=now, **facts))
    for number in range(3):
        day = now.date() - timedelta(days=number)
        sizes = {
            "total": (9 << 40) + number,
            "users": 7 << 40,
            "events": 6 << 40,
            "admin": 2 << 40,
            "orphaned": number,
        }
        for category, size in (sizes | {"user:1": 5 << 30, "event:1": 8 << 40}).items():
            session.add(StoragePoint(day=day, category=category, bytes=size, is_estimated=number == 1))
