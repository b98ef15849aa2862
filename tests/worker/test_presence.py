"""A worker's row: there while it works, fresh whatever happens to the database, gone to history at the end."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from databoard.errors import JailError
from databoard.models import Worker
from databoard.services.queue import workers
from databoard.worker import presence
from databoard.worker.presence import WorkerRegistration

PATIENCE_S = 30
ONE_MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(now):
    clock = SimpleNamespace(now=now)
    clock.read = lambda: clock.now
    return clock


@pytest.fixture
def config(store):
    return SimpleNamespace(
        home=store.home, problems=store.problems, jail="none", jail_min_level="B", lease_s=1.2
    )


@pytest.fixture
def present(config, sessions, clock):
    return WorkerRegistration(config, sessions, n_slots=2, clock=clock.read)


@pytest.fixture
def row(session):
    def row():
        session.rollback()
        return session.query(Worker).populate_existing().one()

    return row


@pytest.fixture
def beats(monkeypatch):
    """What each heartbeat answered; `fails` raises instead as long as it is set."""
    beats = SimpleNamespace(n=threading.Semaphore(0), fails=threading.Event(), answers=[])
    heartbeat = workers.heartbeat

    def counted(*args, **facts):
        try:
            if beats.fails.is_set():
                raise OperationalError("UPDATE", {}, Exception("the server went away"))
            beats.answers.append(heartbeat(*args, **facts))
            return beats.answers[-1]
        finally:
            beats.n.release()

    monkeypatch.setattr(presence.workers, "heartbeat", counted)
    beats.wait = lambda n: [beats.n.acquire(timeout=PATIENCE_S) for _ in range(n)]
    return beats


def test_a_worker_is_registered_while_it_works_and_stopped_afterwards(present, row, clock, now):
    with present:
        during = row()
        facts = (during.name, during.engine, during.n_slots, during.jail_level, during.stopped_at)
        assert facts == (f"{present.host}:{present.pid}", "local", 2, "none", None)
        clock.now += ONE_MINUTE
    assert row().stopped_at == now + ONE_MINUTE


def test_a_heartbeat_tells_time_and_counts(present, row, clock, now, beats):
    with present:
        for is_fault in (False, True, False):
            present.count(is_fault=is_fault)
        clock.now += ONE_MINUTE
        beats.wait(2)  # the first may have read the clock before
        assert (row().heartbeat_at, row().n_done, row().n_faults) == (now + ONE_MINUTE, 2, 1)


def test_a_worker_whose_database_is_away_goes_on(present, row, clock, now, beats, caplog):
    beats.fails.set()
    with present:
        beats.wait(2)
        beats.fails.clear()
        clock.now += ONE_MINUTE
        beats.wait(2)
        assert row().heartbeat_at == now + ONE_MINUTE
    assert "no heartbeat" in caplog.text


def test_a_worker_that_was_forgotten_registers_again(present, session, row, beats):
    with present:
        session.query(Worker).delete()
        session.commit()
        beats.wait(3)
        assert row().stopped_at is None
    assert False in beats.answers


def test_a_goodbye_that_nobody_hears_does_not_hide_the_end(present, monkeypatch, caplog):
    def away(*args, **facts):
        raise OperationalError("UPDATE", {}, Exception("the server went away"))

    monkeypatch.setattr(presence.workers, "stop", away)
    with present:
        pass
    assert "not on record" in caplog.text


def test_a_worker_without_a_jail_leaves_word_and_does_not_start(config, present, row, monkeypatch):
    def refuse(mode, **options):
        raise JailError("bubblewrap is missing. Install it: sudo apt-get install -y bubblewrap")

    monkeypatch.setattr(presence, "require_jail", refuse)
    with pytest.raises(JailError, match="bubblewrap is missing"), present:
        pytest.fail("entered")
    assert (row().jail_level, row().stopped_at is None) == ("", False)
    assert row().open_layers.endswith("sudo apt-get install -y bubblewrap")


def test_a_worker_says_that_it_is_drained_and_resumed_and_what_it_uses(present, row, session, beats, caplog):
    caplog.set_level("INFO", "databoard.worker")
    with present:
        for is_draining, word in ((True, "is drained: it ends its job"), (False, "is resumed")):
            session.query(Worker).update({"is_draining": is_draining})
            session.commit()
            for _ in range(PATIENCE_S):
                beats.wait(1)
                if word in caplog.text:
                    break
            assert word in caplog.text
        assert row().rss_bytes > 10 << 20 and 0 < row().memory_used < 1 and 0 < row().disk_used < 1
