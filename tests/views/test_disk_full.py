"""A full disk: what people save is refused with the reason and comes back; it is kept as soon as there is room."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from databoard.app import db
from databoard.models import SandboxFile
from databoard.services.base.files import FileStore

SAVE = "/events/iris_test/sandbox/save"
TEXT = "answer = 42  # typed while the disk was full\n"


@pytest.fixture
def small_disk(app, home, problems):
    """The site, with less room than it must keep."""
    facts = app.extensions["databoard"]
    usual, facts["store"] = facts["store"], FileStore(home, problems, min_free_bytes=1 << 50)
    yield lambda: facts.update(store=usual)


def saved(session):
    session.expire_all()
    return set(session.scalars(select(SandboxFile.sha256)))


def test_a_save_is_refused_whole_and_goes_through_when_there_is_room(visit, session, home, small_disk):
    alice, before = visit("alice"), saved(session)
    files = sorted((home / "submissions").rglob("*"))
    answer = alice.post(SAVE, {"file-classifier": TEXT})
    assert (
        answer.status_code == 507 and "The disk of this server is full" in answer.text and "42" in answer.text
    )
    answer = alice.post(SAVE, {"file-classifier": TEXT}, headers={"Accept": "application/json"})
    assert (answer.get_json()["error"], answer.headers["X-Error-Code"]) == ("DiskFull", "DiskFull")
    assert (saved(session), sorted((home / "submissions").rglob("*"))) == (before, files)
    small_disk()
    assert alice.post(SAVE, {"file-classifier": TEXT}).status_code == 303
    assert saved(session) != before


@contextmanager
def no_page_left(app):
    """Let SQLite find no room for another page of its file."""
    with app.app_context():
        engine = db.engine
    limit = lambda connection, record, proxy: connection.execute("PRAGMA max_page_count = 1")  # noqa: E731
    event.listen(engine, "checkout", limit)
    yield
    event.remove(engine, "checkout", limit)
    engine.dispose()


def test_a_full_database_says_the_same_and_works_when_there_is_room(app, visit):
    root, url = visit("root"), "/admin/events/iris_test"
    with no_page_left(app):
        answers = [root.post(url, {"max_attempts_per_day": str(number)}) for number in range(1, 80)]
    full = [answer for answer in answers if answer.status_code != 303]
    assert full and {answer.status_code for answer in full} == {507}
    assert "The disk of this server is full" in full[0].text
    assert root.post(url, {"max_attempts_per_day": "99"}).status_code == 303
