"""Workers take no work while the site is closed or its disk is nearly full, and go on by themselves."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from databoard import worker
from databoard.models import Job
from databoard.services.base import maintenance
from databoard.services.base.database import transaction
from databoard.services.base.files import FileStore
from databoard.services.submissions import submit
from databoard.states import JobState, JobStep
from databoard.worker import WorkerContext
from databoard.worker.checks import check_one
from databoard.worker.pause import why_paused
from tests.worker.test_training import Answers, Named


@pytest.fixture
def database_kind():
    """A pause asks no database."""
    return "sqlite"


@pytest.fixture
def context(sessions, session, owls, store, now):
    """What a worker works with, and a submission that waits for it."""
    row = submit.submit(session, event_team=owls, user=None, name="first", store=store, now=now)
    row.jobs[-1].step = JobStep.train_test
    session.commit()
    runner = Answers(sessions)
    return WorkerContext(sessions, store, runner, lease_s=60, registration=Named(), clock=lambda: now)


def state(context):
    with transaction(context.sessions) as session:
        return session.scalar(select(Job.state))


def test_a_closed_site_starts_no_job_and_an_open_one_goes_on(context, home):
    (home / maintenance.FLAG).touch()
    assert worker.process_one(context, threading.Event()) is None
    assert check_one(context, threading.Event()) is None
    assert (state(context), why_paused(context.store)) == (
        JobState.waiting,
        "the site is closed for maintenance",
    )
    (home / maintenance.FLAG).unlink()
    assert worker.process_one(context, threading.Event()).is_fault is False
    assert state(context) is JobState.success


def test_a_disk_that_is_nearly_full_starts_no_job(context):
    full = FileStore(context.store.home, context.store.problems, min_free_bytes=1 << 50)
    assert worker.process_one(replace(context, store=full), threading.Event()) is None
    assert "fewer than DATABOARD_MIN_FREE_BYTES" in why_paused(full) and state(context) is JobState.waiting
    assert worker.process_one(context, threading.Event()).is_fault is False
