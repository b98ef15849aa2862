"""The walk of submissions over a Dask cluster that loses a worker and its scheduler: real queue, TLS, jails."""

import contextlib
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from databoard.models import Job, Submission, SubmissionScore, Worker
from databoard.services.base.database import transaction
from databoard.services.events import events
from databoard.services.people.access import event_team_in
from databoard.services.submissions import submit
from databoard.services.teams import sandbox
from databoard.services.teams.teams import team_by_name
from databoard.states import PENDING_STATES, JobState, JobStep, SubmissionState
from tests.dask_cluster import PATIENCE_S, Cluster, await_none, below

ROOT = Path(__file__).resolve().parents[2]
SLOW = """
import subprocess
from sklearn.linear_model import LogisticRegression

class Classifier:
    def fit(self, X, y):
        subprocess.run(["sleep", "2.75"])
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
"""


@pytest.fixture
def cluster(tmp_path, bare_environment):
    (tmp_path / "cluster").mkdir()
    with Cluster(tmp_path / "cluster", bare_environment, is_encrypted=True) as cluster:
        yield cluster


@contextmanager
def worker(home, problems, database_url, cluster, bare_environment):
    """A worker of the server whose folds run on the cluster."""
    environment = {
        **bare_environment,
        **cluster.client_environment,
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_DASK_SCHEDULER": cluster.address,
    }
    command = [sys.executable, "-m", "fabric", "worker"]
    with (
        open(home / "worker.log", "wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


@pytest.fixture
def hand_in(sessions, store):
    """Submit code for a team, as if it had passed its check; return the id of the submission."""

    def hand_in(team):
        now = datetime.now(UTC)
        with transaction(sessions) as session:
            event = events.event_by_name(session, "iris_test")
            event.opens_at, event.closes_at = now - timedelta(days=1), now + timedelta(days=1)
            event_team = event_team_in(session, event=event, team=team_by_name(session, team))
            texts, facts = {"classifier": SLOW}, {"user": None, "store": store, "now": now}
            sandbox.save(session, event_team=event_team, texts=texts, **facts)
            row = submit.submit(session, event_team=event_team, name="slow_one", **facts)
            row.jobs[-1].step = JobStep.train_test
            return row.id

    return hand_in


@pytest.fixture
def await_that(sessions):
    """Wait until something is true of a submission and its job."""

    def await_that(submission_id, is_so):
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            with transaction(sessions) as session:
                row = session.get(Submission, submission_id)
                if is_so(row, row.jobs[-1]):
                    return
                seen = row.state, row.jobs[-1].state
            time.sleep(0.1)
        raise AssertionError(f"still {seen} after {PATIENCE_S} s")

    return await_that


def a_busy_worker(cluster):
    """Wait until a Dask worker runs a fold; return it and the processes that it has started."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        for worker in cluster.workers.values():
            found = below(worker)
            if any(command_of(pid) == b"sleep\x002.75\x00" for pid in found):
                return worker, found
        time.sleep(0.1)
    raise AssertionError("no fold has begun")


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # `test_dask_chaos` is on SQLite
def test_a_lost_worker_and_a_lost_scheduler_cost_no_submission_anything(
    home, problems, database_url, cluster, bare_environment, hand_in, await_that, sessions
):
    ids = [hand_in(team) for team in ("owls", "charlie")]
    with worker(home, problems, database_url, cluster, bare_environment) as process:
        victim, left_behind = a_busy_worker(cluster)
        victim.kill()
        await_that(ids[0], lambda row, job: row.state is SubmissionState.scored)
        await_none(left_behind)
        a_busy_worker(cluster)
        cluster.kill_scheduler()
        await_that(
            ids[1], lambda row, job: job.state is JobState.waiting and row.state is SubmissionState.new
        )
        cluster.await_workers_gone()
        cluster.start()
        await_that(ids[1], lambda row, job: row.state not in PENDING_STATES)
        assert process.poll() is None
    assert subprocess.run(["pgrep", "-f", str(home)], capture_output=True).stdout == b""
    assert_scored_once(sessions, n_submissions=2)
    assert_one_line_a_record((home / "worker.log").read_text())


def assert_one_line_a_record(log):
    assert log.count("goes back to waiting") == 1
    record = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARNING|ERROR) \S+ \S")
    assert [line for line in log.splitlines() if not record.match(line)] == []


def assert_scored_once(sessions, n_submissions):
    """Each submission was scored at the first attempt that counts; one job was handed back."""
    with transaction(sessions) as session:
        jobs = session.scalars(select(Job)).all()
        assert [(job.state, job.n_attempts) for job in jobs] == [(JobState.success, 1)] * n_submissions
        assert sorted(len(job.attempts) for job in jobs) == [1, 2]
        assert session.scalar(select(func.count(SubmissionScore.id))) == n_submissions * 4
        assert [(row.engine, row.n_faults) for row in session.scalars(select(Worker))] == [("dask", 1)]
