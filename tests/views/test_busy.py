"""A database that is busy beyond its time-out, or away: 503, when to try again, and nothing typed is lost."""

import re
import sqlite3
from html import unescape

import pytest
from sqlalchemy import column, create_engine, func, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

import config
from databoard.app import create_app, db
from databoard.models import SandboxVersion, Submission
from databoard.services.base import database
from databoard.services.teams import sandbox

URL = "/events/iris_test/sandbox"
CODE = "rate = 1  # <typed> & \"kept\"\n\nname = 'é🎓'\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(database, "SQLITE_BUSY_TIMEOUT_MS", 50)


@pytest.fixture
def busy(home):
    """Hold SQLite's write lock, as a backup that takes too long; `busy.rollback()` lets go."""
    connection = sqlite3.connect(home / "databoard.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


POSTS = {
    "/login": {"login": "alice", "password": "a secret of mine"},
    "/sign_up": {
        "name": "nora",
        "email": "nora@example.org",
        "password": "a secret of mine",
        "repeated": "a secret of mine",
    },
    "/logout": {},
    "/approve_users": {"answer": "approve"},
    "/events/iris_test/sign_up": {},
    f"{URL}/save": {"file-classifier": CODE},
    f"{URL}/upload": {"file-classifier": CODE},
    f"{URL}/submit": {"file-classifier": CODE, "name": "first"},
    f"{URL}/history/{{version}}/restore": {},
    "/submissions/{slug}/cancel": {},
    "/admin/workers/near:7/drain": {},
    "/admin/workers/near:7/resume": {},
    "/admin/schedule/backup/run": {},
    "/admin/jobs/1/cancel": {},
    "/admin/jobs/1/rerun": {},
    "/admin/jobs/reap": {},
    "/admin/jobs/cancel": {"ids": "1"},
    "/admin/submissions/1/rerun": {},
    "/admin/submissions/rerun": {"ids": "1"},
    "/admin/events/iris_test": {"is_frozen": "True"},
    "/admin/users/alice": {"is_banned": "True"},
    "/admin/tokens/1/delete": {},
}
#: It changes a file only, also while there is no database.
WITHOUT_DATABASE = {"/admin/maintenance"}
PLACES = {
    "iris_test": "<event_name>",
    "{slug}": "<slug>",
    "{version}": "<version_id>",
    "near:7": "<worker_name>",
    "backup": "<entry_name>",
    "alice": "<login>",
    "jobs/1": "jobs/<job_id>",
    "submissions/1": "submissions/<submission_id>",
    "tokens/1": "tokens/<token_id>",
}


@pytest.fixture
def version(session, owls, alice, store, now):
    """The number of an earlier version of the owls' file."""
    for text in ("one = 1\n", "two = 2\n"):
        sandbox.save(session, event_team=owls, texts={"classifier": text}, user=alice, store=store, now=now)
    session.commit()
    return session.scalar(select(SandboxVersion.id).order_by(SandboxVersion.id).limit(1))


def test_every_route_that_writes_is_tried_here(app):
    rules = {
        re.sub(r"<int[^:]*:", "<", rule.rule) for rule in app.url_map.iter_rules() if "POST" in rule.methods
    }
    tried = {re.sub("|".join(PLACES), lambda found: PLACES[found[0]], url) for url in POSTS}
    assert tried | WITHOUT_DATABASE == rules


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {"HX-Request": "true"}])
@pytest.mark.parametrize("url", POSTS)
def test_a_busy_database_is_said_with_when_to_try_again(visit, submitted, version, request, url, headers):
    visitor = visit("root" if url.startswith("/admin") else "alice")
    token = visitor.token()
    request.getfixturevalue("busy")
    data = {"csrf_token": token, **POSTS[url]}
    answer = visitor.client.post(url.format(slug=submitted.slug, version=version), data=data, headers=headers)
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert "The database does not answer" in answer.text and "a secret of mine" not in answer.text
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("act", ["save", "submit"])
def test_what_was_typed_is_sent_again_from_the_page(visit, request, session, act, content_type):
    alice = visit("alice")
    data = {"csrf_token": alice.token(), "file-classifier": CODE, "name": "first"}
    busy = request.getfixturevalue("busy")
    page = alice.client.post(f"{URL}/{act}", data=data, content_type=content_type).text
    typed = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL))
    typed = {name: unescape(value) for name, value in typed.items()}
    assert typed == data and f'action="{URL}/{act}"' in page and f'enctype="{content_type}"' in page
    busy.rollback()
    assert alice.client.post(f"{URL}/{act}", data=typed, content_type=content_type).status_code == 303
    session.expire_all()
    assert session.query(Submission).count() == (act == "submit")
    assert CODE.splitlines()[0] in unescape(alice.get(URL).text)


def test_a_visitor_stays_logged_in_and_is_told_nothing_that_did_not_happen(visit, request):
    alice = visit("alice")
    token = alice.token()
    busy = request.getfixturevalue("busy")
    assert alice.client.post("/logout", data={"csrf_token": token}).status_code == 503
    assert alice.get(URL).status_code == 200  # reading goes on
    busy.rollback()
    page = alice.get(URL).text
    assert "Signed in as alice" in page and "You are logged out" not in page


def test_a_commit_that_fails_undoes_what_the_page_and_the_cookie_would_say(visit, monkeypatch, session):
    alice = visit("alice")
    token = alice.token()

    def fail():
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(db.session, "commit", fail)
    for url, data in (("/logout", {}), (f"{URL}/submit", {"file-classifier": "x = 1\n", "name": "first"})):
        answer = alice.client.post(url, data={"csrf_token": token, **data})
        assert answer.status_code == 503 and "Set-Cookie" not in answer.headers
    assert session.query(Submission).count() == 0
    page = alice.get(URL).text
    assert "Signed in as alice" in page and "queued" not in page and "is checked first" not in page


@pytest.mark.parametrize(
    "url", ["/", "/login", "/events/iris_test", f"{URL}", "/nowhere", "/events/iris_test.json"]
)
def test_a_database_that_is_away_is_said_on_a_page_that_needs_none(home, problems, visit, url, caplog):
    away = "postgresql://databoard:secret@127.0.0.1:1/databoard"
    names = {
        "HOME": str(home),
        "PROBLEMS": str(problems),
        "DB_URL": away,
        "SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
        "ENV": "testing",
    }
    server = create_app(config.load({f"DATABOARD_{name}": value for name, value in names.items()}))
    client = server.test_client()
    client.set_cookie("databoard", visit("alice").client.get_cookie("databoard").value)
    answer = client.get(url)
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
    assert "Traceback" not in caplog.text and "does not answer" in caplog.text


def test_a_missing_table_is_a_defect_of_ours(visit, home):
    sqlite3.connect(home / "databoard.db").execute("DROP TABLE login_failures")
    answer = visit().post("/login", POSTS["/login"])
    assert answer.status_code == 500 and "logged under number" in answer.text


@pytest.mark.parametrize("url", ["/", "/events/iris_test", "/healthcheck/ready"])
def test_after_a_restart_of_postgresql_the_next_request_is_answered(
    postgres_copy, postgres_url, home, problems, url
):
    settings = {
        "DATABOARD_ENV": "testing",
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": postgres_copy,
        "DATABOARD_SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
    }
    server = create_app(config.load(settings))
    client = server.test_client()
    assert client.get(url).status_code < 400
    end_connections(postgres_url, make_url(postgres_copy).database)
    assert client.get(url).status_code < 400
    with server.app_context():
        db.engine.dispose()


def end_connections(url, database):
    """End every connection to a database of PostgreSQL, as its restart does."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    activity = table("pg_stat_activity", column("pid"), column("datname"))
    query = select(func.pg_terminate_backend(activity.c.pid, 10_000)).where(activity.c.datname == database)
    with engine.connect() as connection:
        ended = list(connection.scalars(query))
    engine.dispose()
    assert ended and all(ended)
