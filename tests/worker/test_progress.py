"""Progress: few transactions, none after the end of a job, and no failure that a job would feel."""

import logging
import threading

import pytest
from sqlalchemy.exc import OperationalError

from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.results import recording
from databoard.states import JobStep
from databoard.worker import progress
from databoard.worker.progress import Progress

PATIENCE_S = 30
CLAIM = Claim(1, 2, "lease", 1, JobStep.train_test)


class Writes:
    """A context whose writes are kept; the first may fail."""

    def __init__(self, failure=None):
        self.rows, self._failure, self._written = [], failure, threading.Semaphore(0)

    def write(self, use_case, claim, *, number, state):
        assert use_case is recording.record_progress and claim is CLAIM
        self._written.release()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        self.rows.append((number, state))

    def await_one(self):
        assert self._written.acquire(timeout=PATIENCE_S)


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(progress, "WRITTEN_AFTER_S", 0.05)


def test_a_job_that_is_over_at_once_writes_no_progress(monkeypatch):
    monkeypatch.setattr(progress, "WRITTEN_AFTER_S", 3600.0)
    context = Writes()
    with Progress(context, CLAIM) as shown:
        for state in ("training", "trained", "validated", "tested"):
            shown.show(0, state)
    assert context.rows == []
    assert shown._timer.finished.is_set()


def test_of_each_fold_only_the_last_state_is_written(monkeypatch):
    context, timers = Writes(), []
    monkeypatch.setattr(progress.threading, "Timer", lambda after_s, write: timers.append(write) or _Never())
    with Progress(context, CLAIM) as shown:
        for number, state in [(1, "trained"), (0, "trained"), (1, "validated"), (0, "training")]:
            shown.show(number, state)
        (write,) = timers
        write()
        shown.show(0, "validated")
    assert context.rows == [(0, "trained"), (1, "validated")]
    assert len(timers) == 2


class _Never:
    """A timer that never rings by itself."""

    def start(self):
        pass

    cancel = start


def test_the_start_of_a_fold_is_no_news(soon):
    with Progress(Writes(), CLAIM) as shown:
        shown.show(0, "training")
        assert shown._timer is None


@pytest.mark.parametrize("failure", [OperationalError("UPDATE", {}, Exception("away")), LeaseLost("gone")])
def test_a_write_that_fails_does_not_reach_the_job(soon, failure, caplog):
    caplog.set_level(logging.INFO, "databoard.worker")
    context = Writes(failure)
    with Progress(context, CLAIM) as shown:
        shown.show(0, "trained")
        context.await_one()
        shown.show(0, "validated")
        context.await_one()
    assert "job 1: " in caplog.text
