"""Bodies of requests: nobody waits for a slow one, and none is larger than its page needs."""

import io
import sqlite3
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import request

import config
from databoard.app import create_app
from databoard.models import Submission
from databoard.views import limits

URL = "/events/iris_test/sandbox"
PLAIN = "application/x-www-form-urlencoded"


class SlowBody(io.BytesIO):
    """A body during whose reading something happens."""

    def __init__(self, fields, during):
        super().__init__(urlencode(fields).encode())
        self.during = during

    def readinto(self, buffer):
        self.during()
        return super().readinto(buffer)


def send_slowly(visitor, url, fields, during):
    body = SlowBody({"csrf_token": visitor.token(), **fields}, during)
    length = str(len(body.getvalue()))
    return visitor.client.post(url, input_stream=body, content_type=PLAIN, headers={"Content-Length": length})


@pytest.fixture
def take_lock(home):
    """Return a function that takes SQLite's write lock without waiting; it raises when somebody holds it."""

    def take_lock():
        connection = sqlite3.connect(home / "databoard.db", timeout=0, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        connection.close()
        taken.append(True)

    taken = take_lock.taken = []
    return take_lock


@pytest.mark.parametrize(
    "url", ["/login", "/sign_up", f"{URL}/save", "/logout", "/approve_users", "/nowhere"]
)
@pytest.mark.parametrize("name", [None, "alice"])
def test_no_lock_is_held_while_a_body_comes_in(visit, take_lock, url, name):
    send_slowly(visit(name), url, {}, take_lock)
    assert take_lock.taken or url == "/nowhere"


def test_no_lock_is_taken_for_a_request_without_token(visit, take_lock, monkeypatch):
    monkeypatch.setattr("databoard.app.begin_writing", lambda session: pytest.fail("took the lock"))
    assert visit().client.post("/approve_users", data={"answer": "approve"}).status_code == 400


def test_a_body_that_comes_in_after_closing_is_late(visit, session, iris_event, clock):
    alice = visit("alice")
    clock.now = iris_event.closes_at - timedelta(seconds=1)
    answer = send_slowly(alice, f"{URL}/submit", {"name": "late"}, lambda: clock.forward(hours=1))
    assert answer.status_code == 400 and "closed on" in answer.text
    assert session.query(Submission).count() == 0


def test_a_session_that_ends_while_a_body_comes_in_is_over(visit, session, alice, home):
    visitor = visit("alice")

    def end_session():
        alice.session_key = "0" * 32
        session.commit()

    assert send_slowly(visitor, f"{URL}/save", {}, end_session).status_code == 401


@pytest.mark.parametrize("url", ["/login", "/sign_up", f"{URL}/save"])
@pytest.mark.parametrize("content_type", [PLAIN, "multipart/form-data"])
def test_strangers_send_little(visit, url, content_type):
    data = {"x": "y" * (limits.SMALL_BODY_BYTES + 1)}
    assert visit().client.post(url, data=data, content_type=content_type).status_code == 413


def test_plain_forms_of_people_with_a_login_are_small_too(visit):
    answer = visit("alice").post("/events/iris_test/sign_up", {"x": "y" * (limits.SMALL_BODY_BYTES + 1)})
    assert answer.status_code == 413


def multipart(visitor, url, name, text):
    """Post one large part; the test client would leave a temporary file open."""
    token = f'--cut\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.token()}\r\n'
    part = f"--cut\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n--cut--\r\n"
    content_type = "multipart/form-data; boundary=cut"
    return visitor.client.post(url, data=(token + part).encode(), content_type=content_type)


def test_the_sandbox_takes_code_but_no_large_text(visit):
    alice, text = visit("alice"), "y" * (limits.MAX_TEXT_BYTES + 1)
    assert alice.post(f"{URL}/save", {"file-classifier": text}).status_code == 413
    assert multipart(alice, f"{URL}/save", 'name="file-classifier"', text).status_code == 413


def test_the_sandbox_takes_few_parts(visit):
    data = {f"file-{number}": "y" for number in range(limits.MAX_PARTS)}
    assert visit("alice").post(f"{URL}/save", data, content_type="multipart/form-data").status_code == 413


def test_an_uploaded_file_may_be_large(visit):
    part, text = 'name="upload"; filename="classifier.py"', "y" * (limits.MAX_TEXT_BYTES + 1)
    answer = multipart(visit("alice"), f"{URL}/upload", part, text)
    assert answer.status_code == 400 and "at most" in answer.text


@pytest.mark.parametrize(
    "path", ["/%00", "/events/%00", "/events/iris%00", "/submissions/%00", "/static/%00"]
)
def test_nothing_lives_at_an_address_with_nul(visit, path):
    assert visit("alice").get(path).status_code == 404


@pytest.mark.parametrize("field", [{"login": "al\0ice"}, {"log\0in": "alice"}, {"password": "\0"}])
def test_a_field_with_nul_is_refused(visit, field):
    answer = visit().post("/login", {"login": "alice", "password": "four ordinary words", **field})
    assert answer.status_code == 400 and "NUL" in answer.text


def test_nul_in_an_editor_keeps_what_was_typed(visit):
    answer = visit("alice").post(f"{URL}/save", {"file-classifier": "rate = 1\0"})
    assert answer.status_code == 400 and "NUL" in answer.text and "rate = 1" in answer.text


def test_of_a_proxy_only_address_and_scheme_are_believed(home, problems, sqlite_url):
    settings = {
        "HOME": str(home),
        "PROBLEMS": str(problems),
        "DB_URL": sqlite_url,
        "PROXIES": "1",
        "ENV": "testing",
    }
    settings = {f"DATABOARD_{name}": value for name, value in settings.items()}
    app = create_app(config.load({**settings, "DATABOARD_SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ"}))
    seen = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "99", "X-Forwarded-Prefix": "/evil"}
    app.after_request(lambda answer: urls.append((request.url, request.remote_addr)) or answer)
    urls = []
    app.test_client().get("/healthcheck", headers={**seen, **forged})
    assert urls == [("https://localhost/healthcheck", "192.0.2.7")]
