"""A worker waits while PostgreSQL is stopped, before its start and between jobs, and then goes on by itself."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from databoard.clock import utc_now
from databoard.kits.starting_kit import starting_kit_files
from databoard.models import EventTeam, Submission, Team
from databoard.services.base.database import open_engine, session_factory
from databoard.services.base.files import FileStore
from databoard.services.events import events
from databoard.services.submissions import submit
from databoard.states import SubmissionState
from tests import conftest, postgres_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server():
    """A PostgreSQL server of this test's own, with the stage."""
    with postgres_server.running(f"worker-{os.getpid()}") as server:
        yield server


@pytest.fixture
def start_worker(tmp_path, bare_environment, problems, server):
    """Return a function that starts `fab worker`; what it says is in the file `said`."""
    names = {"HOME": tmp_path, "PROBLEMS": problems, "DB_URL": server.url, "JAIL": "none", "LEASE_S": 4}
    environ = {**bare_environment, **{f"DATABOARD_{name}": str(value) for name, value in names.items()}}
    started = []

    def start():
        with open(tmp_path / "said", "ab") as said:
            command = [sys.executable, "-m", "fabric", "worker"]
            started.append(subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(is_so, *, within_s=120):
    deadline_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def submit_one(session, store, name):
    event = events.event_by_name(session, "iris_test")
    event.opens_at, event.closes_at = utc_now() - timedelta(days=1), utc_now() + timedelta(days=1)
    team = session.scalar(select(EventTeam).join(Team).where(Team.name == "owls"))
    files = starting_kit_files(store.problems / "iris")
    submit.deposit(session, event_team=team, name=name, files=files, store=store, now=utc_now())
    session.commit()


def state(session, name):
    session.rollback()
    return session.scalar(select(Submission.state).where(Submission.name == name))


def test_a_worker_waits_for_postgresql_and_goes_on(server, start_worker, tmp_path, problems):
    conftest.set_stage(server.url, problems, tmp_path)
    store, said = FileStore(tmp_path, problems), tmp_path / "said"
    server.stop()
    worker = start_worker()
    until(lambda: "no start yet: the database does not answer" in said.read_text())
    server.start()
    with open_engine(server.url) as engine, session_factory(engine)() as session:
        until(lambda: "is ready" in said.read_text())
        server.stop()
        until(lambda: "nothing can be done now, failure 1 in a row: the database" in said.read_text())
        server.start()
        submit_one(session, store, "after")
        until(lambda: state(session, "after") == SubmissionState.scored)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert "Traceback" not in said.read_text()
