"""Wake-ups: heard after the commit and never before, on both databases; what is lost or left over does no harm."""

import os
import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from databoard.services.base.database import make_engine, open_engine, session_factory, transaction
from databoard.services.queue import wake
from databoard.services.queue.wake import Topic
from databoard.services.submissions import submit

PATIENCE_S = 30


class Ear:
    """Listens in a thread; what it heard can be waited for, one word after the other."""

    def __init__(self, sessions):
        self._sessions, self.heard = sessions, []
        self._stop, self._stop_written = os.pipe()
        self._is_listening, self._word = threading.Event(), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._is_listening.wait(PATIENCE_S)
        return self

    def __exit__(self, *_):
        os.write(self._stop_written, b"+")
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        os.close(self._stop)
        os.close(self._stop_written)

    def next(self):
        assert self._word.acquire(timeout=PATIENCE_S), "nothing was heard"
        return self.heard[-1]

    def _listen(self):
        with wake.listening(self._sessions) as listener:
            self._is_listening.set()
            while topics := listener.wait(self._stop):
                self.heard.append(topics)
                self._word.release()


@pytest.fixture
def ear(sessions):
    with Ear(sessions) as ear:
        yield ear


def test_a_word_is_heard_after_the_commit_and_not_before(sessions, ear):
    with transaction(sessions) as session:
        wake.announce(session, Topic.training)
        session.execute(text("SELECT 1"))
        assert ear.heard == []
    assert ear.next() == {Topic.training}


@contextmanager
def failing(sessions):
    with pytest.raises(ZeroDivisionError), transaction(sessions) as session:
        yield session
        raise ZeroDivisionError


def test_what_is_rolled_back_is_not_announced(sessions, ear):
    with failing(sessions) as session:
        wake.announce(session, Topic.training)
    with transaction(sessions) as session:
        wake.announce(session, Topic.blending)
    assert ear.next() == {Topic.blending}
    assert ear.heard == [{Topic.blending}]


def test_a_session_that_was_rolled_back_announces_what_it_commits_later(sessions, ear):
    with sessions() as session:
        wake.announce(session, Topic.training)
        session.rollback()
        wake.announce(session, Topic.checks)
        session.commit()
        session.execute(text("SELECT 1"))
        session.commit()
    assert ear.next() == {Topic.checks}
    assert ear.heard == [{Topic.checks}]


def test_savepoints_neither_send_early_nor_lose_a_word(sessions, ear):
    with transaction(sessions) as session:
        wake.announce(session, Topic.checks)
        with session.begin_nested():
            session.execute(text("SELECT 1"))
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            raise ZeroDivisionError
        assert ear.heard == []
    assert ear.next() == {Topic.checks}


def test_every_listener_hears(sessions):
    with Ear(sessions) as first, Ear(sessions) as second:
        with transaction(sessions) as session:
            wake.announce(session, Topic.checks)
        assert first.next() == second.next() == {Topic.checks}


def test_what_is_submitted_wakes_the_checks(sessions, session, ear, store, now, owls):
    submit.submit(session, event_team=owls, user=None, name="first", store=store, now=now)
    assert ear.heard == []
    session.commit()
    assert ear.next() == {Topic.checks}


@pytest.fixture
def on_sqlite(sqlite_url):
    with open_engine(sqlite_url) as engine:
        yield session_factory(engine)


@pytest.fixture
def on_postgres(postgres_copy):
    with open_engine(postgres_copy) as engine:
        yield session_factory(engine)


@pytest.fixture
def never():
    """A descriptor that can never be read."""
    descriptor, written = os.pipe()
    yield descriptor
    os.close(descriptor)
    os.close(written)


def say(sessions, topic):
    with transaction(sessions) as session:
        wake.announce(session, topic)


def test_a_fifo_that_a_killed_worker_left_is_removed_by_the_next_word(on_sqlite, home):
    folder = home / "databoard.db.wake"
    with Ear(on_sqlite) as ear:
        os.mkfifo(folder / "1-dead")
        say(on_sqlite, Topic.training)
        assert ear.next() == {Topic.training}
        assert not (folder / "1-dead").exists()
    assert list(folder.iterdir()) == []


def test_a_listener_that_does_not_read_stops_no_commit(on_sqlite, home, never):
    with wake.listening(on_sqlite) as listener:
        (fifo,) = (home / "databoard.db.wake").iterdir()
        writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(writer, b"b" * 4096)
        say(on_sqlite, Topic.training)
        os.close(writer)
        assert listener.wait(never) == {Topic.blending}


def test_a_database_in_memory_has_no_listener():
    engine = make_engine("sqlite://")
    with wake.listening(session_factory(engine)) as listener:
        assert listener is None
    engine.dispose()


def test_a_connection_that_ends_is_reported(on_postgres, never):
    with wake.listening(on_postgres) as listener:
        with transaction(on_postgres) as session:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            session.execute(text(others))
        with pytest.raises(OperationalError):
            listener.wait(never)


def test_a_connection_that_hears_nothing_is_refused(on_postgres, monkeypatch):
    monkeypatch.setattr(wake, "_HEARD_WITHIN_S", 0.0)
    monkeypatch.setattr(wake.func, "pg_notify", lambda *_: text("1"), raising=False)
    with pytest.raises(wake.NotHeard, match="pool of sessions"), wake.listening(on_postgres):
        pass
