"""Progress: few transactions, none after the end of a job, and no failure that a job would feel."""

import logging
import threading

import pytest
from sqlalchemy.exc import OperationalError

from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.results import recording
from databoard.states import JobStep
from databoard.worker import progress
from databoard.worker.lane import Pace
from databoard.worker.progress import Progress

PATIENCE_S = 30
CLAIM = Claim(1, 2, "lease", 1, JobStep.train_test)


class Writes:
    """A context whose writes are kept and can be waited for; the first may fail."""

    def __init__(self, failure=None):
        self.rows, self._failure, self._written = [], failure, threading.Semaphore(0)

    def write(self, use_case, claim, *, number, state):
        assert use_case is recording.record_progress and claim is CLAIM
        failure, self._failure = self._failure, None
        if failure is None:
            self.rows.append((number, state))
        self._written.release()
        if failure is not None:
            raise failure

    def await_one(self):
        assert self._written.acquire(timeout=PATIENCE_S)


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(progress, "PACE", Pace(0.01))


@pytest.fixture
def by_hand(monkeypatch):
    monkeypatch.setattr(progress, "PACE", Pace(3600.0))


def test_a_job_that_is_over_at_once_writes_no_progress(by_hand):
    context = Writes()
    with Progress(context, CLAIM) as shown:
        for state in ("training", "trained", "validated", "tested"):
            shown.show(0, state)
    assert context.rows == []


def test_of_each_fold_only_the_last_state_is_written_and_the_start_is_no_news(by_hand):
    context = Writes()
    with Progress(context, CLAIM) as shown:
        for number, state in [(1, "trained"), (0, "trained"), (1, "validated"), (2, "training")]:
            shown.show(number, state)
        shown._write()
        shown._write()
    assert context.rows == [(0, "trained"), (1, "validated")]


@pytest.mark.parametrize("failure", [OperationalError("UPDATE", {}, Exception("away")), LeaseLost("gone")])
def test_a_write_that_fails_does_not_reach_the_job(soon, failure, caplog):
    caplog.set_level(logging.INFO, "databoard.worker")
    context = Writes(failure)
    with Progress(context, CLAIM) as shown:
        shown.show(0, "trained")
        context.await_one()
        shown.show(0, "validated")
        context.await_one()
    assert context.rows == [(0, "validated")]
    assert "job 1: " in caplog.text
