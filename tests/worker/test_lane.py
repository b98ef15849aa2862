"""A lane: it repeats its step, rests longer after failures, survives every one of them, and ends with its block."""

import logging
import threading

import pytest

from databoard.worker.lane import Lane, Pace, StepOutcome, heartbeat

PATIENCE_S = 30
SOON, NEVER = Pace(0.001), Pace(3600.0)
logger = logging.getLogger("databoard.worker")


class Broken(Exception):
    """What a step or a block may raise."""


class Steps:
    """A step that does what a list says, then has nothing to do; a number of calls can be waited for."""

    def __init__(self, *script):
        self._script, self._calls, self.n = list(script), threading.Semaphore(0), 0

    def __call__(self):
        self.n += 1
        self._calls.release()
        outcome = self._script.pop(0) if self._script else StepOutcome.idle
        if isinstance(outcome, type):
            raise outcome("step failed")
        return outcome

    def wait_for(self, n):
        return all(self._calls.acquire(timeout=PATIENCE_S) for _ in range(n))


def lane(step, pace=SOON, **options):
    return Lane("test", step, pace, logger=logger, failure="nothing was done", **options)


@pytest.mark.parametrize("outcome", [StepOutcome.idle, StepOutcome.failed, None])
def test_a_step_follows_at_once_while_there_is_more_and_then_the_lane_rests(outcome):
    steps = Steps(StepOutcome.more, StepOutcome.more, outcome)
    with lane(steps, NEVER):
        assert steps.wait_for(3)
    assert steps.n == 3


def test_a_lane_that_rests_can_be_woken():
    steps = Steps()
    with lane(steps, NEVER) as woken:
        for _ in range(3):
            assert steps.wait_for(1)
            woken.wake()
        assert steps.wait_for(1)


def test_no_failed_step_ends_a_lane_and_each_is_logged(caplog):
    steps = Steps(Broken, KeyError, MemoryError, RecursionError)
    with lane(steps):
        assert steps.wait_for(6)
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"nothing was done, failure {number} in a row" for number in (1, 2, 3, 4)]
    assert all(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("n_failures", [*range(10), 100, 1_023, 1_100, 10**6])
def test_a_rest_doubles_with_each_failure_in_a_row_up_to_its_bound(n_failures):
    assert Pace(1.0, max_s=30.0).pause_s(n_failures) == min(30.0, float(2 ** min(n_failures, 5)))


def test_without_a_bound_of_its_own_no_rest_is_longer_than_the_usual_one():
    assert {Pace(7.0).pause_s(n_failures, 1e9) for n_failures in range(9)} == {7.0}


@pytest.mark.parametrize(("took_s", "pause_s"), [(0.1, 5.0), (0.5, 5.0), (2.0, 20.0), (60.0, 60.0)])
def test_a_step_that_took_long_is_followed_by_a_longer_rest(took_s, pause_s):
    assert Pace(5.0, max_s=60.0, rest_per_work=10.0).pause_s(0, took_s) == pause_s


@pytest.mark.parametrize(
    ("hears", "n_failures", "pause_s"), [(True, 0, 9.0), (True, 2, 4.0), (False, 0, 1.0)]
)
def test_a_lane_that_can_be_woken_rests_longer_unless_it_failed(hears, n_failures, pause_s):
    heard = threading.Event()
    if hears:
        heard.set()
    idle = lane(Steps(), Pace(1.0, max_s=30.0, heard_s=9.0), hears=heard)
    idle._n_failures = n_failures
    assert idle._pause_s(0.0) == pause_s


def test_failures_are_counted_in_a_row(monkeypatch):
    counted, is_third = [], threading.Event()

    def pause_s(self, n_failures, took_s=0.0):
        counted.append(n_failures)
        if len(counted) == 5:
            is_third.set()
        return 0.001

    monkeypatch.setattr(Pace, "pause_s", pause_s)
    with lane(Steps(Broken, StepOutcome.failed, StepOutcome.idle, Broken, StepOutcome.more)):
        assert is_third.wait(PATIENCE_S)
    assert counted[:5] == [1, 2, 0, 1, 0]


@pytest.mark.parametrize("error", [None, Broken, KeyboardInterrupt])
def test_the_thread_ends_with_the_block_that_started_it(error):
    steps = Steps()
    try:
        with lane(steps, NEVER) as ended:
            assert steps.wait_for(1)
            if error:
                raise error
    except (Broken, KeyboardInterrupt) as raised:
        assert type(raised) is error
    assert not ended._thread.is_alive()


def test_a_step_that_runs_while_the_block_ends_may_finish():
    is_running, may_end, ends = threading.Event(), threading.Event(), []

    def step():
        is_running.set()
        ends.append(may_end.wait(PATIENCE_S))

    with lane(step):
        assert is_running.wait(PATIENCE_S)
        threading.Timer(0.1, may_end.set).start()
    assert ends == [True]


def test_a_step_that_can_be_interrupted_is_until_it_ends():
    is_running, calls = threading.Event(), threading.Semaphore(0)

    def step():
        is_running.set()
        assert all(
            calls.acquire(timeout=PATIENCE_S) for _ in range(2)
        )  # the first interruption was not enough

    with lane(step, interrupt=calls.release) as ended:
        assert is_running.wait(PATIENCE_S)
    assert not ended._thread.is_alive()


def test_what_ends_a_thread_without_a_word_is_logged(caplog):
    steps = Steps(SystemExit)
    with lane(steps) as ended:
        assert steps.wait_for(1)
        ended._thread.join(PATIENCE_S)
    (record,) = caplog.records
    assert (record.levelname, record.exc_info[0]) == ("CRITICAL", SystemExit)


def test_a_heartbeat_begins_after_its_pause_and_keeps_its_time_whatever_fails():
    steps = Steps(*[Broken] * 8)
    with heartbeat("beat", steps, every_s=0.01, logger=logger, failure="no heartbeat"):
        assert steps.wait_for(10)
    steps = Steps()
    with heartbeat("beat", steps, every_s=3600.0, logger=logger, failure="no heartbeat"):
        pass
    assert steps.n == 0


# In the thread that calls


def test_a_lane_that_runs_here_ends_when_it_is_told_to_and_raises_what_it_does_not_survive(caplog):
    is_ending = threading.Event()
    steps = Steps(KeyError, StepOutcome.more, Broken)
    with pytest.raises(Broken):
        lane(steps, is_ending=is_ending, survives=(KeyError,)).run()
    assert steps.n == 3 and "failure 1 in a row" in caplog.text
    lane(is_ending.set, NEVER, is_ending=is_ending).run()
