"""The stage of the tests: real databases, real kits, a cast of people, a clock that stands still.

A database with the cast and the iris event is built once per kind (SQLite, PostgreSQL) and test run. Each test sees
the rows of a copy of its own: a file, a database, or a transaction that is rolled back.
The cast: alice and bob are the team owls, charlie is a team alone, olga runs the event, root runs the site; wanda
waits for approval.
"""

import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from databoard import kits
from databoard.models import EventTeam, Team
from databoard.ops import schema
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.people import accounts
from databoard.services.teams import sign_ups, teams
from databoard.states import AccessLevel
from tests import order, postgres_server
from tests.postgres_server import once
from tests.secrets_in_logs import PASSWORD, SESSION_KEY, SecretsInLogs
from tests.shared_engines import SharedEngines

# Hooks of pytest
pytest_xdist_make_scheduler = order.make_scheduler
pytest_collection_modifyitems = order.put_longest_first
pytest_terminal_summary = order.name_shortened

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("untimed")

pytest_plugins = (
    "tests.support.backups",
    "tests.support.receivers",
    "tests.support.settings",
    "tests.support.submissions",
    "tests.support.walls",
    "tests.support.warm_questions",
)

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
    """The environment without any setting of databoard, for programs that tests start."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DATABOARD_")}


@pytest.fixture(scope="session")
def problems(tmp_path_factory):
    """A copy of the shipped kits; iris is prepared."""
    folder = tmp_path_factory.mktemp("kits") / "problems"
    shutil.copytree(ROOT / "problems", folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
    kits.prepare_and_describe(
        folder / "iris"
    )  # the stage is made once a run, each worker has kits of its own
    return folder


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory, worker_id):
    """A folder that all workers of this test run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def postgres_url(testrun_uid):
    """The URL of the first database of this test run's own PostgreSQL server."""
    with postgres_server.running(testrun_uid[:8]) as server:
        yield server.url


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
def sqlite_stage(shared_folder, problems):
    with once(shared_folder, "stage") as is_first:
        if is_first:
            set_stage(f"sqlite:///{shared_folder / 'stage.db'}", problems, shared_folder / "home")
    return shared_folder


@pytest.fixture(scope="session")
def postgres_stage(shared_folder, problems, postgres_url):
    with once(shared_folder, "postgres_stage") as is_first:
        if is_first:
            _run_sql(postgres_url, "CREATE DATABASE stage")
            set_stage(_database(postgres_url, "stage"), problems, shared_folder / "postgres_home")
    return postgres_url


@pytest.fixture
def home(tmp_path, sqlite_stage):
    """DATABOARD_HOME with the files of the cast's sandboxes."""
    shutil.copytree(sqlite_stage / "home", tmp_path / "home")
    (tmp_path / "home").chmod(0o700)  # as the settings make it
    return tmp_path / "home"


@pytest.fixture
def sqlite_url(sqlite_stage, home):
    shutil.copy(sqlite_stage / "stage.db", home / "databoard.db")
    return f"sqlite:///{home / 'databoard.db'}"


@pytest.fixture
def postgres_copy(postgres_stage, request):
    """A PostgreSQL database of this test's own, a copy of the stage."""
    with _postgres_copy(postgres_stage, f"copy_{abs(hash(request.node.nodeid))}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request):
    """Each kind of database: a test that uses one runs twice."""
    return request.param


@pytest.fixture
def database_url(request, database_kind):
    """A copy of the stage of this test's own: for several connections at once, or for other processes."""
    return request.getfixturevalue("sqlite_url" if database_kind == "sqlite" else "postgres_copy")


@pytest.fixture(scope="session")
def engines():
    return SharedEngines()


@pytest.fixture
def sessions(engines, database_url):
    """A factory of sessions; for tests that need several at once."""
    with engines.at(database_url) as engine:
        yield session_factory(engine)


@pytest.fixture(scope="session")
def postgres_engine(postgres_stage, worker_id):
    """An engine on the copy of the stage that the tests of this worker use one after the other."""
    with _postgres_copy(postgres_stage, f"copy_of_{worker_id}") as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def session(request, database_kind):
    """A session on the stage. A test that uses no other connection shares its PostgreSQL copy with others.

    What it commits is then a savepoint of a transaction that is rolled back when the test ends.
    """
    if database_kind == "sqlite" or "database_url" in request.fixturenames:
        with request.getfixturevalue("sessions")() as session:
            yield session
        return
    with request.getfixturevalue("postgres_engine").connect() as connection:
        options = {"join_transaction_mode": "create_savepoint", "expire_on_commit": False}
        with connection.begin() as outer, Session(connection, **options) as session:
            yield session
            session.close()
            outer.rollback()


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


@contextmanager
def _postgres_copy(url: str, name: str):
    """Copy the stage, yield the URL of the copy and drop it."""
    _run_sql(url, f"CREATE DATABASE {name} TEMPLATE stage")
    yield _database(url, name)
    _run_sql(url, f"DROP DATABASE {name} WITH (FORCE)")


def _database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _run_sql(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
