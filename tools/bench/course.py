"""An event on iris in a database of its own, made by the services as an operator does, for a benchmark.

Called by the benchmarks of boards, queue and polling. `crowd` fills it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from databoard import kits
from databoard.clock import utc_now
from databoard.models import Event, EventTeam
from databoard.ops import schema
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.people import accounts
from databoard.services.teams import sign_ups, teams

ROOT = Path(__file__).resolve().parents[2]
EVENT, STUDENT = "iris_test", "student"
PASSWORD = "four ordinary words"  # noqa: S105 (of a database that goes at once)


@dataclass(frozen=True)
class Course:
    """An event in a database, with the folder of its files and that of the kits."""

    url: str
    engine: Engine
    sessions: sessionmaker[Session]
    store: FileStore

    @staticmethod
    def event(session: Session) -> Event:
        """Return the event."""
        return events.event_by_name(session, EVENT)


def prepare_kits(folder: Path) -> Path:
    """Return a new folder below `folder` with the kit iris, its data prepared."""
    path = folder / "problems" / "iris"
    shutil.copytree(ROOT / "problems" / "iris", path, ignore=shutil.ignore_patterns("data", "__pycache__"))
    kits.prepare_and_describe(path)
    return path.parent


@contextmanager
def opened(url: str, home: Path, problems: Path) -> Iterator[Course]:
    """Yield a new course in the empty database at `url`: the event, open for two months, and a student in it."""
    home.mkdir(mode=0o700)  # production refuses one that others can open
    schema.upgrade(url)
    with open_engine(url) as engine:
        course = Course(url, engine, session_factory(engine), FileStore(home, problems))
        now = utc_now()
        with transaction(course.sessions) as session:
            provisioning.add_problem(session, name="iris", store=course.store, now=now)
            provisioning.add_event(session, name=EVENT, store=course.store, now=now)
            event = course.event(session)
            event.opens_at, event.closes_at = now - timedelta(days=30), now + timedelta(days=30)
            event.min_duration_between_submissions_s, event.max_members_per_team = 0, 100
            add_student(session, course, STUDENT, now=now)
        yield course


def add_student(session: Session, course: Course, name: str, *, now: datetime) -> EventTeam:
    """Create an account with the known password, and let its team into the event."""
    email = f"{name}@example.org"
    accounts.create_user(session, name=name, email=email, password=PASSWORD, now=now)
    team = teams.team_by_name(session, name)
    return sign_ups.sign_up_team(session, event=course.event(session), team=team, store=course.store, now=now)
