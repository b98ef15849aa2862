"""A worker whose jail has a hole takes no job, and says so where operators look."""

import functools
import subprocess
import sys
from pathlib import Path

import pytest

import config
from databoard import jail, runner, worker
from databoard.clock import utc_now
from databoard.errors import JailError
from databoard.queries import workers
from databoard.services.queue import jobs
from databoard.services.submissions import submit
from databoard.states import JobState

ROOT = Path(__file__).resolve().parents[2]
STARTING_KIT = {"classifier.py": b"class Classifier:\n    pass\n"}


@pytest.fixture
def settings(home, problems, database_url):
    return config.load(
        {
            "DATABOARD_ENV": "testing",
            "DATABOARD_HOME": str(home),
            "DATABOARD_PROBLEMS": str(problems),
            "DATABOARD_DB_URL": database_url,
            "DATABOARD_DB_URL_TEST": database_url,
        }
    )


#: Layers of the inner wall, and what the check then finds open.
MISSING = {
    "net": ["own net namespace"],
    "ipc": ["own ipc namespace"],
    "uts": ["own uts namespace"],
    "mounts": ["other processes"],
    "capabilities": ["capabilities"],
    "limits": ["process limit", "memory limit"],
    "landlock": ["paths beyond the list"],
    "filter": ["tracing", "memory out of sight", "larger sockets", "new namespaces", "foreign sockets"],
}


@pytest.mark.parametrize(
    ("database_kind", "layer"),
    [*(("sqlite", layer) for layer in MISSING), ("postgresql", "net")],
    indirect=["database_kind"],
)
def test_with_a_layer_missing_the_worker_takes_no_job(
    session, owls, store, now, settings, monkeypatch, layer
):
    submission = submit.deposit(
        session, event_team=owls, name="honest", files=STARTING_KIT, store=store, now=now
    )
    session.commit()
    monkeypatch.setattr(runner, "check", functools.partial(jail.check, off=(layer,)))
    with pytest.raises(JailError, match="nothing untrusted may run"):
        worker.run(settings, is_until_idle=True)
    session.expire_all()
    job = jobs.lock_pending(session, submission)
    assert (job.state, job.n_attempts) == (JobState.waiting, 0)
    (row,) = workers.listed(session, now=utc_now(), lease_s=60).rows
    assert (row.state, row.jobs, row.n_done) == ("refused", (), 0)
    assert [name for name in MISSING[layer] if name not in row.open_layers] == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_worker_that_shows_its_kits_to_every_run_ends_with_code_2(
    session, home, database_url, bare_environment
):
    environment = {
        **bare_environment,
        "DATABOARD_HOME": str(home),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_PROBLEMS": "/usr/share",
    }
    command = [sys.executable, "-m", "fabric", "worker"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "folder /usr/share (lies in /usr, which every run sees; move it out)" in done.stderr
    (row,) = workers.listed(session, now=utc_now(), lease_s=60).rows
    assert row.open_layers in done.stderr and row.open_layers.endswith("Then see with fab jail_check.")
