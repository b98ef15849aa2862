"""Warm-ups of a worker: which kits, in which order; what fails keeps nothing else from being ready."""

import logging
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest

from databoard.errors import JailError, KitError
from databoard.services.events import provisioning
from databoard.services.events.events import event_by_name
from databoard.services.submissions import training_tasks
from databoard.worker import warming
from databoard.worker.lane import Pace
from databoard.worker.warming import WarmingThread

PATIENCE_S = 30
HOUR = timedelta(hours=1)


@pytest.fixture
def three_events(session, iris_event, owls, store, now):
    """iris, which got a submission; one that opens in ten minutes; one that nobody has used."""
    for name in ("soon", "unused"):
        folder = store.kit_path("iris") / "events"
        (folder / f"{name}.toml").write_bytes((folder / "iris_test.toml").read_bytes())
        provisioning.add_event(session, name=name, store=store, now=now)
        (folder / f"{name}.toml").unlink()
    soon, unused = event_by_name(session, "soon"), event_by_name(session, "unused")
    soon.opens_at, unused.opens_at = now + timedelta(minutes=10), now - HOUR
    soon.closes_at = unused.closes_at = None
    owls.last_submitted_at = now
    for number, event in enumerate((iris_event, soon, unused)):
        event.wall_time_limit_s = 100 + number
    session.flush()
    return iris_event, soon, unused


def ahead(session, store, now):
    tasks = training_tasks.open_soon(session, store, now=now, ahead=warming.AHEAD)
    return [int(task.limits.wall_time_s) - 100 for task in tasks]


def test_what_was_used_last_comes_first_then_what_opened_first(session, three_events, store, now):
    assert ahead(session, store, now) == [0, 2, 1]


def test_what_is_closed_or_opens_much_later_stays_cold(session, three_events, store, now):
    iris, soon, unused = three_events
    iris.closes_at, soon.opens_at = now, now + HOUR
    session.flush()
    assert ahead(session, store, now) == [2]
    unused.opens_at = None
    session.flush()
    assert ahead(session, store, now) == []


def test_a_task_of_a_warm_up_has_no_files(session, iris_event, store, now):
    (task,) = training_tasks.open_soon(session, store, now=now, ahead=warming.AHEAD)
    assert task.files == {} and len(task.folds) == 2


class Kits:
    """A runner that answers a warm-up by the name of the kit."""

    def __init__(self, **answers):
        self.answers, self.asked, self._news = answers, [], threading.Semaphore(0)

    def warm_up(self, task):
        self.asked.append(task.kit_path.name)
        answer = self.answers[task.kit_path.name]
        self._news.release()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def await_asked(self, n):
        assert all(self._news.acquire(timeout=PATIENCE_S) for _ in range(n))


@pytest.fixture
def warm(sessions, monkeypatch, caplog):
    """Return a thread that warms up what `kits` names, with a short rest."""
    caplog.set_level(logging.INFO, "databoard.worker")
    monkeypatch.setattr(warming, "PACE", Pace(0.01))

    def warm(kits):
        tasks = [SimpleNamespace(kit_path=SimpleNamespace(name=name)) for name in kits.answers]
        monkeypatch.setattr(training_tasks, "open_soon", lambda *_, **__: tasks)
        return WarmingThread(SimpleNamespace(sessions=sessions, store=None, clock=lambda: None, runner=kits))

    return warm


def test_a_kit_that_fails_is_logged_once_and_keeps_no_other_cold(warm, caplog):
    kits = Kits(broken=KitError("it changed on disk"), closed=JailError("no wall"), good=True)
    with warm(kits):
        kits.await_asked(9)
    assert kits.asked[:6] == ["broken", "closed", "good"] * 2
    told = [record.getMessage() for record in caplog.records if "kit" in record.getMessage()]
    assert sorted(told) == [
        "the kit broken cannot be warmed up: it changed on disk", "the kit closed cannot be warmed up: no wall",
        "the kit good is ready",
    ]  # fmt: skip


def test_without_room_what_follows_is_not_tried(warm):
    kits = Kits(first=True, second=False, third=True)
    with warm(kits):
        kits.await_asked(4)
    assert set(kits.asked) == {"first", "second"}


def test_a_worker_that_ends_does_not_wait_for_a_warm_up(warm):
    may_end, is_running = threading.Event(), threading.Event()

    class Slow(Kits):
        def warm_up(self, task):
            is_running.set()
            assert may_end.wait(PATIENCE_S)
            return super().warm_up(task)

    kits = Slow(first=True, second=True)
    with warm(kits) as thread:
        assert is_running.wait(PATIENCE_S)
    assert thread._thread.is_alive()
    may_end.set()
    thread._thread.join(PATIENCE_S)
    assert kits.asked == ["first"]
