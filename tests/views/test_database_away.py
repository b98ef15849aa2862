"""A database that is stopped, out of reach or gone: every page says so at once, and serves again when it is back."""

import shutil
import socket
import sqlite3
import time
from contextlib import contextmanager
from functools import partial
from itertools import count, product

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

import config
from databoard.app import create_app, db
from databoard.services.base import connections, database
from databoard.services.base.database import open_engine, session_factory
from databoard.services.base.files import FileStore
from tests import busy_site, conftest, postgres_server
from tests.views.conftest import Visitor

PASSWORD = conftest.PASSWORD
ACCEPTS = [{}, {"Accept": "application/json"}, {"HX-Request": "true"}]
#: What needs no database.
WITHIN_S = 2
OPEN = {"assets.file", "home.healthcheck"}


@pytest.fixture(scope="module")
def server(testrun_uid):
    """A PostgreSQL server of this module's own, because it is stopped."""
    with postgres_server.running(f"away-{testrun_uid[:8]}") as server:
        yield server
        server.start()


@pytest.fixture(scope="module")
def site(server, problems, tmp_path_factory):
    """The application over a site in full use, and the address of every page of it."""
    home = tmp_path_factory.mktemp("home")
    conftest.set_stage(server.url, problems, home)
    app = create_app(config.load(settings(home, problems, server.url)), clock=lambda: conftest.NOW)
    with open_engine(server.url) as engine, session_factory(engine)() as session:
        app.urls = busy_site.addresses(app, busy_site.fill(session, FileStore(home, problems), conftest.NOW))
    yield app
    with app.app_context():
        db.engine.dispose()


def settings(home, problems, url):
    names = {"HOME": home, "PROBLEMS": problems, "DB_URL": url, "SECRET_KEY": "k" * 40, "ENV": "testing"}
    return {f"DATABOARD_{name}": str(value) for name, value in names.items()}


def log_in(app, name):
    visitor = Visitor(app.test_client())
    assert visitor.post("/login", {"login": name, "password": PASSWORD}).status_code == 303
    return visitor


def asked(app):
    """Yield method and address of every route that needs the database, those that write too."""
    adapter = app.url_map.bind("localhost")
    for url in app.urls:
        if adapter.match(url)[0] not in OPEN:
            yield "GET", url
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods:
            yield "POST", adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method="POST")
    yield "GET", "/nowhere"


@contextmanager
def stopped(server):
    """Stop PostgreSQL until the block ends."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def lost_at(app, server, number):
    """Let PostgreSQL end the connection before this message to it; yield a list that holds the number then."""
    lost, numbers = [], count(1)
    with app.app_context():
        engine = db.engine

    def cut(connection, *facts):
        if next(numbers) == number:
            lost.append(number)
            pid = connection.connection.dbapi_connection.info.backend_pid
            with open_engine(server.url) as other, other.connect() as operator:
                operator.execute(select(func.pg_terminate_backend(pid, 10_000)))

    moments = ("before_cursor_execute", "rollback", "commit")
    for moment in moments:
        event.listen(engine, moment, cut)
    yield lost
    for moment in moments:
        event.remove(engine, moment, cut)


def unlike_busy(ask):
    """Return what is wrong with an answer that should say that the database is away; the empty string if nothing."""
    for _ in range(3):  # a busy machine may hold one answer up; a route that waits is slow each time
        started_s = time.monotonic()
        answer = ask()
        if time.monotonic() - started_s <= WITHIN_S:
            break
    else:
        return "slow"
    if answer.status_code != 503:
        return f"status {answer.status_code}"
    if not int(answer.headers.get("Retry-After", "0")):
        return "no Retry-After"
    return "" if "database does not answer" in answer.text and "Traceback" not in answer.text else answer.text


def test_every_route_says_within_2_s_that_postgresql_is_stopped_and_serves_again(site, server, caplog):
    visitors = [Visitor(site.test_client()), log_in(site, "alice"), log_in(site, "root")]
    before = {url: [visitor.get(url).status_code for visitor in visitors] for url in site.urls}
    caplog.clear()
    with stopped(server):
        wrong = [
            (method, url, headers, what)
            for visitor, (method, url), headers in product(visitors, asked(site), ACCEPTS)
            if (what := unlike_busy(partial(visitor.client.open, url, method=method, headers=headers)))
        ]
    assert wrong == [], "\n".join(map(str, wrong))
    assert [record for record in caplog.records if record.exc_info] == []
    assert before == {url: [visitor.get(url).status_code for visitor in visitors] for url in site.urls}


def test_static_files_are_sent_while_postgresql_is_stopped(site, server):
    with stopped(server):
        assert site.test_client().get("/static/css/databoard.css", buffered=True).status_code == 200


def test_a_connection_that_is_lost_at_any_moment_of_any_page_is_no_defect(site, server, caplog):
    visitor, wrong, n_lost = log_in(site, "root"), [], 0
    adapter = site.url_map.bind("localhost")
    for url in {adapter.match(url)[0]: url for url in site.urls}.values():
        usual = visitor.get(url).status_code
        for number in count(1):
            with lost_at(site, server, number) as lost:
                answers = [visitor.get(url)]
            if not lost:
                break
            n_lost += 1
            # The last message ends the transaction: by then the page is there.
            is_right = answers[0].status_code == usual or unlike_busy(answers.pop) == ""
            wrong += [] if is_right else [(url, number)]
    assert wrong == [] and n_lost > 60
    assert [record for record in caplog.records if record.exc_info] == []


# A server that says nothing


@pytest.fixture
def silent_url():
    """A port at which something listens and never answers, as a machine that hangs."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"postgresql://databoard@127.0.0.1:{listener.getsockname()[1]}/databoard"


def test_a_database_that_never_answers_is_given_up_soon_and_then_not_waited_for(
    silent_url, home, problems, caplog
):
    client = create_app(config.load(settings(home, problems, silent_url))).test_client()
    started_s = time.monotonic()
    for url in ["/", "/login", "/healthcheck/ready", "/events/iris_test/leaderboard.csv"] * 5:
        assert not unlike_busy(partial(client.get, url))
    assert time.monotonic() - started_s < 20 * connections.WEB_CONNECT_S
    assert caplog.text.count("timeout expired") == 20


def test_what_the_address_of_the_database_says_about_waiting_is_kept():
    url = "postgresql+psycopg2://u@h/d?connect_timeout=7"
    assert connections.limits(url, connect_s=1) == {"tcp_user_timeout": 1000}


# The file of SQLite


@pytest.fixture
def here(home, problems, sqlite_url):
    """An application of this test's own: the shared one connects to files that tests exchange."""
    app = create_app(config.load(settings(home, problems, sqlite_url)), clock=lambda: conftest.NOW)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_every_page_says_that_a_sqlite_file_is_gone_and_serves_it_when_it_is_back(here, home):
    alice, path = log_in(here, "alice"), home / "databoard.db"
    pages = ["/", "/login", "/events/iris_test", "/events/iris_test/leaderboard.json", "/healthcheck/ready"]
    assert [alice.get(url).status_code for url in pages] == [200] * 5
    shutil.move(path, home / "moved.db")
    assert [unlike_busy(partial(alice.get, url)) for url in pages] == [""] * 5
    assert not path.exists()
    shutil.move(home / "moved.db", path)
    assert [alice.get(url).status_code for url in pages] == [200] * 5


def test_a_sqlite_file_that_was_replaced_is_read_without_a_restart(here, home):
    stranger = Visitor(here.test_client())
    assert "Iris" in stranger.get("/").text
    with sqlite3.connect(home / "databoard.db") as here, sqlite3.connect(home / "other.db") as other:
        here.backup(other)
        other.execute("UPDATE events SET title = 'Lilies'")
    here.close()
    other.close()
    (home / "other.db").replace(home / "databoard.db")
    assert "Lilies" in stranger.get("/").text


def test_a_command_makes_the_file_of_a_new_database_but_never_again(tmp_path):
    path = tmp_path / "new" / "x.db"
    with open_engine(f"sqlite:///{path}") as engine:
        engine.connect().close()
        path.unlink()
        with pytest.raises(OperationalError, match="the file of the database is not there"):
            engine.connect()
    assert not path.exists()


def test_a_locked_sqlite_file_is_said_on_every_page(here, home, monkeypatch):
    monkeypatch.setattr(database, "SQLITE_BUSY_TIMEOUT_MS", 50)
    alice = log_in(here, "alice")
    with here.app_context():
        db.engine.dispose()  # nobody may have the file open when it is locked for all
    with sqlite3.connect(home / "databoard.db", isolation_level=None) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE users SET bio = ''")
        pages = [
            "/",
            "/login",
            "/events/iris_test",
            "/events/iris_test/leaderboard.json",
            "/healthcheck/ready",
        ]
        assert [unlike_busy(partial(alice.get, url)) for url in pages] == [""] * 5
    other.close()
    assert alice.get("/").status_code == 200
