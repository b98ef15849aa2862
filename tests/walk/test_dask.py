"""The walk of submissions over a Dask cluster that loses a worker and its scheduler: real queue, TLS, jails."""

import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from databoard.models import Job, SubmissionScore, Worker
from databoard.services.base.database import transaction
from databoard.states import JobState, SubmissionState
from tests.dask_cluster import PATIENCE_S, Cluster, await_none, below
from tests.walk.jobs import in_fit, is_final, worker

SLOW = "import subprocess\n" + in_fit('subprocess.run(["sleep", "2.75"])')


@pytest.fixture
def cluster(tmp_path, bare_environment):
    (tmp_path / "cluster").mkdir()
    with Cluster(tmp_path / "cluster", bare_environment, is_encrypted=True) as cluster:
        yield cluster


@contextmanager
def worker_of(cluster, environment, home):
    """Run a worker of the server whose folds run on the cluster; its lease is that of a server."""
    changed = {**environment, **cluster.client_environment, "DATABOARD_DASK_SCHEDULER": cluster.address}
    del changed["DATABOARD_LEASE_S"]
    with open(home / "worker.log", "wb") as log, worker(changed, stdout=log, stderr=log) as process:
        yield process


def a_busy_worker(cluster):
    """Wait until a Dask worker runs a fold; return it and the processes that it has started."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        for dask_worker in cluster.workers.values():
            found = below(dask_worker)
            if any(command_of(pid) == b"sleep\x002.75\x00" for pid in found):
                return dask_worker, found
        time.sleep(0.1)
    raise AssertionError("no fold has begun")


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # `test_dask_chaos` is on SQLite
def test_a_lost_worker_and_a_lost_scheduler_cost_no_submission_anything(
    home, environment, cluster, hand_in, wait_for, sessions
):
    ids = [hand_in(SLOW, "slow_one", team) for team in ("owls", "charlie")]
    with worker_of(cluster, environment, home) as process:
        victim, left_behind = a_busy_worker(cluster)
        victim.kill()
        wait_for(ids[0], lambda row: row.state is SubmissionState.scored)
        await_none(left_behind)
        a_busy_worker(cluster)
        cluster.kill_scheduler()
        wait_for(
            ids[1], lambda row: (row.jobs[-1].state, row.state) == (JobState.waiting, SubmissionState.new)
        )
        cluster.await_workers_gone()
        cluster.start()
        wait_for(ids[1], is_final)
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
