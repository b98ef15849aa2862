"""The time of a job: what counts for its limit, and what waits in a cluster that others use, too."""

import threading
import time
from types import SimpleNamespace

import pytest

from databoard.ops import work as work_room
from databoard.ops.work import Work
from databoard.runner import Limits


@pytest.fixture
def overdue_after(monkeypatch):
    """Return whether a job whose time is 0.3 s is overdue after a second in which its folds were queued or ran."""
    monkeypatch.setattr(work_room, "ALLOWANCE_S", 0)

    def overdue_after(is_queued):
        work, done = Work(SimpleNamespace(job_id=1)), threading.Event()
        work.limit(SimpleNamespace(folds=(1, 2, 3), limits=Limits(wall_time_s=0.1)))
        engine = SimpleNamespace(is_queued=lambda: is_queued)
        bench = SimpleNamespace(lease_s=60, runner=SimpleNamespace(engine=engine))
        beats = threading.Thread(target=work_room._beat, args=(bench, work, threading.Event(), done))
        beats.start()
        time.sleep(1)
        done.set()
        beats.join()
        return work.is_overdue and work.stop.is_set()

    return overdue_after


def test_a_job_whose_folds_run_for_too_long_is_overdue(overdue_after):
    assert overdue_after(is_queued=False)


def test_a_job_whose_folds_wait_for_a_slot_of_a_cluster_is_not(overdue_after):
    assert not overdue_after(is_queued=True)
