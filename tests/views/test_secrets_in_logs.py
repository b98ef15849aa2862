"""No log holds a secret: errors of every kind are provoked while everything is logged, and every record is read.

The fixture ``secrets_in_logs`` (in ``tests/conftest.py``) reads the records and fails the test that logs a secret;
it does so for every other test, too.
"""

import logging
import re
from pathlib import Path

import pytest
from sqlalchemy import text

import config
from databoard.app import create_app
from databoard.models import User
from databoard.services.base import slow_queries
from databoard.services.people import accounts
from tests.secrets_in_logs import DB_PASSWORD, HASH, PASSWORD, PLANTED, SECRET_KEY, SESSION_KEY, SecretsInLogs

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {"name": "nora", "email": "nora@example.org", "password": PASSWORD, "repeated": PASSWORD}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request):
    return request.param


@pytest.fixture
def settings(home, problems, database_url):
    """The variables of a server that logs all it can."""
    return {
        "DATABOARD_ENV": "testing",
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_DB_PERF": "True",
        "DATABOARD_LOG_LEVEL": "DEBUG",
        "DATABOARD_SECRET_KEY": SECRET_KEY,
    }


@pytest.fixture(autouse=True)
def everything_is_logged(monkeypatch, caplog):
    monkeypatch.setattr(slow_queries, "SLOW_QUERY_S", 0.0)
    caplog.set_level(logging.DEBUG)


def failing_row(session, **fields):
    """Insert a row that no table takes, full of secrets."""
    key = f"{SESSION_KEY}-nora"
    session.execute(
        User.__table__.insert().values(
            name="nora", login="nora", email=None, password_hash=f"{HASH}id$v=19$x", session_key=key
        )
    )


def failing_statement(session, **fields):
    session.execute(text("SELECT :hash, :key FROM nowhere"), {"hash": f"{HASH}id$v=19$x", "key": SESSION_KEY})


def taken_row(session, **fields):
    users = User.__table__
    values = session.execute(users.select().where(users.c.name == "alice")).mappings().one()
    session.execute(users.insert().values({**values, "id": None, "email": "new@example.org"}))


def plain_defect(session, **fields):
    secrets = dict(fields, session_key=SESSION_KEY)
    raise RuntimeError(f"{len(secrets)} fields")


@pytest.mark.parametrize("defect", [failing_row, failing_statement, taken_row, plain_defect])
def test_a_defect_logs_no_secret(visit, monkeypatch, secrets_in_logs, defect):
    monkeypatch.setattr(accounts, "sign_up", defect)
    assert visit().post("/sign_up", FIELDS).status_code == 500
    (logged,) = [record for record in secrets_in_logs.texts if "databoard.web ERROR error " in record]
    assert "Traceback" in logged and defect.__name__ in logged


def test_slow_queries_and_all_that_is_logged_on_the_way_hold_no_secret(settings, secrets_in_logs):
    app = create_app(config.load(settings))
    with app.test_client() as client:
        page = client.get("/login").text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page).group(1)
        for password in ("a wrong one of " + PASSWORD, PASSWORD):
            client.post("/login", data={"csrf_token": token, "login": "alice", "password": password})
        assert client.get("/events/iris_test/sandbox").status_code == 200
    assert (
        len([record for record in secrets_in_logs.texts if "slow query" in record and "users" in record]) >= 3
    )


@pytest.mark.parametrize("url", ["/", "/healthcheck/ready", "/login"])
def test_a_database_that_is_away_is_logged_without_its_password(settings, secrets_in_logs, url):
    away = {
        "sqlite": f"sqlite:///{settings['DATABOARD_HOME']}/{DB_PASSWORD[:3]}/nowhere/x.db",
        "postgresql": f"postgresql://databoard:{DB_PASSWORD}@127.0.0.1:1/databoard",
    }
    kind = settings["DATABOARD_DB_URL"].partition(":")[0].partition("+")[0]
    app = create_app(config.load({**settings, "DATABOARD_DB_URL": away[kind]}))
    client = app.test_client()
    assert client.get(url).status_code in ({503} if url == "/healthcheck/ready" else {200, 503})
    assert (
        any("does not answer" in record or "unable" in record for record in secrets_in_logs.texts)
        or url == "/login"
    )


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://u:{DB_PASSWORD}@db/x",
        f"mysql://u:p@{DB_PASSWORD}@db/x",
        f"u:{DB_PASSWORD}@db",
        f"postgres://u:a/{DB_PASSWORD}:{DB_PASSWORD}@db/x",
        f"mysql://db/x?password={DB_PASSWORD}&sslmode=require",
    ],
)
def test_a_refused_setting_shows_no_password(tmp_path, url):
    with pytest.raises(config.SettingError) as refused:
        config.load({"DATABOARD_HOME": str(tmp_path), "DATABOARD_DB_URL": url})
    assert DB_PASSWORD not in str(refused.value) and "db" in str(refused.value)


@pytest.mark.parametrize("secret", PLANTED)
def test_a_logged_secret_is_found_in_words_arguments_and_tracebacks(secret):
    logger = logging.getLogger("tests.planted")
    logger.propagate = False
    logs = SecretsInLogs()
    logger.addHandler(logs)
    logger.error("plain %s", secret)
    try:
        raise ValueError(f"a row with {secret}")
    except ValueError:
        logger.exception("a defect")
    logger.removeHandler(logs)
    assert len(logs.found) == 2


def test_engines_are_made_in_one_place():
    makers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("databoard", "migrations", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bcreate_engine\(", path.read_text())
    ]
    assert makers == ["databoard/services/base/database.py"]
