"""Wake-ups of a worker: with them no step waits for a poll; without them the polls go on as before."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from databoard.clock import utc_now
from databoard.models import Submission, Worker
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.events.events import event_by_name
from databoard.services.people.access import event_team_in
from databoard.services.queue import wake
from databoard.services.queue.wake import Topic
from databoard.services.submissions import submit
from databoard.services.teams.teams import team_by_name
from databoard.states import SubmissionState
from databoard.worker import wakes
from databoard.worker.lane import Pace
from databoard.worker.wakes import WakeThread

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120
#: A worker whose lanes look at the queue once an hour when they can be woken.
DEAF = """
import dataclasses, config
from databoard.worker import blending, checks, training
for module in (blending, checks, training):
    module.PACE = dataclasses.replace(module.PACE, heard_s=3600.0)
training.run(config.load())
"""


@pytest.fixture
def environment(home, problems, database_url, bare_environment):
    own = {"HOME": home, "PROBLEMS": problems, "DB_URL": database_url, "JAIL": "none", "LEASE_S": "4"}
    return bare_environment | {f"DATABOARD_{name}": str(value) for name, value in own.items()}


@pytest.fixture
def site(database_url):
    """Sessions of the web server, in this process."""
    with open_engine(database_url) as engine:
        yield session_factory(engine)


@contextmanager
def resting_worker(environment, site):
    """Run a worker that has found nothing to do, and rests for an hour."""
    process = subprocess.Popen([sys.executable, "-c", DEAF], cwd=ROOT, env=environment)
    try:
        await_row(site, select(Worker).where(Worker.jail_level != "", Worker.pid == process.pid))
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def await_row(site, query):
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        with transaction(site) as session:
            if session.scalar(query) is not None:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing came of {query}")


def submit_one(site, store, name):
    with transaction(site) as session:
        event = event_by_name(session, "iris_test")
        event_team = event_team_in(session, event=event, team=team_by_name(session, "owls"))
        event.closes_at, event.min_duration_between_submissions_s = None, 0
        submit.submit(session, event_team=event_team, user=None, name=name, store=store, now=utc_now())


def scored(name):
    return select(Submission).where(Submission.name == name, Submission.state == SubmissionState.scored)


def test_no_step_from_submit_to_score_waits_for_a_poll(environment, site, store):
    with resting_worker(environment, site):
        for name in ("first", "second"):
            submit_one(site, store, name)
            await_row(site, scored(name))


def test_after_a_kill_the_next_worker_is_woken_too(environment, site, store):
    with resting_worker(environment, site) as process:
        process.kill()
        process.wait()
    submit_one(site, store, "first")
    with resting_worker(environment, site):
        await_row(site, scored("first"))
        submit_one(site, store, "second")
        await_row(site, scored("second"))


# The thread


class Calls:
    """Counts the wake-ups of each topic; the next one can be waited for."""

    def __init__(self):
        self.words = {topic: threading.Semaphore(0) for topic in Topic}
        self.wakes = {topic: words.release for topic, words in self.words.items()}

    def await_each(self):
        assert all(words.acquire(timeout=PATIENCE_S) for words in self.words.values())


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(wakes, "PACE", Pace(0.01))


def test_what_happened_before_it_could_hear_wakes_every_lane(sessions):
    calls, hears = Calls(), threading.Event()
    with WakeThread(sessions, calls.wakes, hears=hears):
        calls.await_each()
        assert hears.is_set()
    assert not hears.is_set()


def test_a_lost_connection_is_made_again_and_wakes_every_lane(postgres_copy, soon):
    calls, hears = Calls(), threading.Event()
    with open_engine(postgres_copy) as engine:
        sessions = session_factory(engine)
        with WakeThread(sessions, calls.wakes, hears=hears):
            calls.await_each()
            with transaction(sessions) as session:
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                session.execute(text(end))
            calls.await_each()
            with transaction(sessions) as session:
                wake.announce(session, Topic.blending)
            assert calls.words[Topic.blending].acquire(timeout=PATIENCE_S)


def test_where_nothing_can_be_heard_the_lanes_are_not_told_to_rest_longer(sqlite_url, home, soon, caplog):
    (home / "databoard.db.wake").write_text("a file where the folder should be")
    with open_engine(sqlite_url) as engine:
        hears = threading.Event()
        with WakeThread(session_factory(engine), Calls().wakes, hears=hears) as thread:
            while "no wake-up is heard" not in caplog.text:
                assert thread._thread.is_alive()
                time.sleep(0.01)
            assert not hears.is_set()
            os.unlink(home / "databoard.db.wake")
            assert hears.wait(PATIENCE_S)
