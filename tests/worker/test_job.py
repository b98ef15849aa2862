"""A job in hand: whose fault an exception is, how long it may take, what waits in a cluster, what ends it."""

import errno
import threading
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from databoard.runner import Limits
from databoard.services.queue.jobs import Claim
from databoard.states import ErrorCode
from databoard.worker import WorkerContext
from databoard.worker import job as job_in_hand
from databoard.worker.job import JobRun, code_of, job_in_progress

CLAIM = Claim(job_id=1, submission_id=1, lease="lease", attempt=1)


def database_error(words, kind=OperationalError):
    return kind("INSERT", {}, Exception(words))


def caused_by(cause, error=None):
    """An error of the server, raised from another, or while another was handled."""
    error = error or RuntimeError("it did not work")
    error.__cause__ = cause
    return error


def during(context):
    error = RuntimeError("it did not work")
    error.__context__ = context
    return error


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FULL, ErrorCode.server_disk_full),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), ErrorCode.server_disk_full),
        (caused_by(FULL), ErrorCode.server_disk_full),
        (during(caused_by(FULL)), ErrorCode.server_disk_full),
        (database_error("database or disk is full"), ErrorCode.server_disk_full),  # SQLite
        (database_error("could not extend file: No space left on device"), ErrorCode.server_disk_full),
        (database_error("could not write: No space left on device", DBAPIError), ErrorCode.server_disk_full),
        (database_error("server closed the connection unexpectedly"), ErrorCode.db_unavailable),
        (database_error("database is locked"), ErrorCode.db_unavailable),
        (database_error("value too long", DBAPIError), ErrorCode.internal),
        (OSError(errno.EACCES, "Permission denied"), ErrorCode.internal),
        (caused_by(OSError(errno.EACCES, "Permission denied")), ErrorCode.internal),
        (KeyError("fold 3"), ErrorCode.internal),
    ],
    ids=str,
)
def test_each_fault_of_ours_has_its_code(error, code):
    assert code_of(error) is code


def test_a_job_may_take_what_its_folds_may_one_after_the_other_and_some_more(monkeypatch):
    monkeypatch.setattr(job_in_hand.time, "monotonic", lambda: 1000.0)
    held = JobRun(CLAIM)
    assert held.overtime_s() == -float("inf")
    held.limit(SimpleNamespace(folds=range(5), limits=SimpleNamespace(wall_time_s=60)))
    monkeypatch.setattr(job_in_hand.time, "monotonic", lambda: 1000.0 + 5 * 60 + job_in_hand.ALLOWANCE_S + 7)
    assert held.overtime_s() == 7


@pytest.fixture
def overdue(monkeypatch, sessions):
    """A job over its time by so much, in hand; what the runner was told, and a look at the job."""

    def overdue(overtime_s):
        told = threading.Event()
        engine = SimpleNamespace(is_queued=lambda: False)
        context = WorkerContext(sessions, None, SimpleNamespace(interrupt=told.set, engine=engine), 60, None)
        monkeypatch.setattr(JobRun, "overtime_s", lambda self: overtime_s)
        with job_in_progress(context, CLAIM, threading.Event()) as held:
            is_stopped = held.stop.wait(30)
            told.wait(1)
        return is_stopped, told.is_set(), held.is_overdue

    return overdue


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("overtime_s", "is_interrupted"), [(1.0, False), (11.0, True)])
def test_a_job_over_its_time_is_told_to_end_and_then_its_scorers_are_killed(
    overdue, overtime_s, is_interrupted
):
    assert overdue(overtime_s) == (True, is_interrupted, True)


@pytest.fixture
def overdue_after(monkeypatch):
    """Return whether a job whose time is 0.3 s is overdue after a second in which its folds were queued or ran."""
    monkeypatch.setattr(job_in_hand, "ALLOWANCE_S", 0)

    def overdue_after(is_queued):
        job = JobRun(SimpleNamespace(job_id=1))
        job.limit(SimpleNamespace(folds=(1, 2, 3), limits=Limits(wall_time_s=0.1)))
        engine = SimpleNamespace(is_queued=lambda: is_queued)
        context = SimpleNamespace(lease_s=60, runner=SimpleNamespace(engine=engine))
        with job_in_hand._watch(context, job, threading.Event()):
            job.stop.wait(1)
        return job.is_overdue and job.stop.is_set()

    return overdue_after


def test_a_job_whose_folds_run_for_too_long_is_overdue(overdue_after):
    assert overdue_after(is_queued=False)


def test_a_job_whose_folds_wait_for_a_slot_of_a_cluster_is_not(overdue_after):
    assert not overdue_after(is_queued=True)
