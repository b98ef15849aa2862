"""A worker takes no job while the memory of its machine is used up, and goes on when there is room."""

import threading

import pytest

from databoard.worker import checks, pause, training
from databoard.worker.context import WorkerContext


@pytest.fixture
def use(monkeypatch):
    """Let so much of the memory of the machine be used."""
    return lambda share: monkeypatch.setattr(pause.usage, "memory_used", lambda: share)


@pytest.mark.parametrize(
    ("share", "limit", "is_paused"),
    [
        (0.5, 0.9, False),
        (0.89, 0.9, False),
        (0.9, 0.9, True),
        (0.97, 0.9, True),
        (None, 0.9, False),
        (1.0, 1.0, False),
    ],
)
def test_no_job_is_taken_from_a_limit_on(use, store, share, limit, is_paused):
    use(share)
    why = pause.why_paused(store, limit)
    assert bool(why) is is_paused
    assert not is_paused or f"{100 * share:.0f} % of the memory of the machine is used" in why


@pytest.mark.parametrize("take", [training.process_one, checks.check_one])
def test_a_full_machine_takes_no_job_however_many_wait(use, store, take):
    use(0.9)
    facts = {"sessions": None, "runner": None, "lease_s": 60, "registration": None}
    context = WorkerContext(store=store, max_memory=0.9, **facts)
    assert take(context, threading.Event()) is None  # without a question to the database
