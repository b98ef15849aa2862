"""A worker whose jail has a hole takes no job."""

import functools

import pytest

import config
from databoard import jail, runner, worker
from databoard.errors import JailError
from databoard.models.states import JobState
from databoard.services import jobs, submissions

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


@pytest.mark.parametrize("layer", ["net", "landlock", "filter", "capabilities"])
def test_with_a_layer_missing_the_worker_takes_no_job(
    session, owls, store, now, settings, monkeypatch, layer
):
    submission = submissions.deposit(
        session, event_team=owls, name="honest", files=STARTING_KIT, store=store, now=now
    )
    session.commit()
    monkeypatch.setattr(runner, "check", functools.partial(jail.check, off=(layer,)))
    with pytest.raises(JailError, match="nothing untrusted may run"):
        worker.run(settings, is_until_idle=True)
    session.expire_all()
    job = jobs.lock_pending(session, submission)
    assert (job.state, job.n_attempts) == (JobState.waiting, 0)
