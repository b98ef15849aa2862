"""A lane: one thread of a worker, which repeats a step until the block that started it ends.

Checks, blending, forecasts and heartbeats are lanes. No failed step ends a lane: the failure is logged, and the step
is tried again after a pause that grows up to a bound.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from enum import Enum
from typing import Self

from databoard.ops.failures import log_failure

#: While a lane waits for a step that it interrupts, it interrupts it again this often.
_INTERRUPT_EVERY_S = 0.2
#: From here on more failures cannot lengthen a pause: 2 ** 60 seconds are longer than any bound.
_MAX_DOUBLINGS = 60


class StepOutcome(Enum):
    """What a step says about the next one; a step that returns None says `idle`."""

    more = "more"  # something was done, and more may be waiting: the next step follows at once
    idle = "idle"  # there was nothing to do: the lane rests
    failed = "failed"  # it failed and logged why: the lane rests longer each time


Step = Callable[[], StepOutcome | None]


@dataclass(frozen=True)
class Pace:
    """How long a lane rests between two steps.

    Attributes
    ----------
    every_s : float
        The rest after a step that had nothing to do.
    max_s : float, optional
        The longest rest. Each failure in a row doubles the rest up to this bound; without it no rest is longer.
    rest_per_work : float
        After a step that took long, the rest is at least so many times as long.
    heard_s : float, optional
        The rest after a step that had nothing to do, while others can wake the lane.
    """

    every_s: float
    max_s: float | None = None
    rest_per_work: float = 0.0
    heard_s: float | None = None

    def pause_s(self, n_failures: int, took_s: float = 0.0) -> float:
        """Return how long to rest after so many failures in a row, and after a step that took `took_s`."""
        max_s = self.every_s if self.max_s is None else self.max_s
        after_failures_s = self.every_s * 2.0 ** min(n_failures, _MAX_DOUBLINGS)
        return min(max_s, max(after_failures_s, self.rest_per_work * took_s))


class Lane:
    """Repeats a step in a thread of its own until the block ends; :meth:`run` does so in the thread of the caller.

    Parameters
    ----------
    name : str
        The name of the thread.
    step : callable
        Does the next thing; it may raise.
    pace : Pace
    logger : logging.Logger
    failure : str
        What the log says when a step raises, such as ``nothing was checked``.
    is_ending, woken : threading.Event, optional
        Events of the caller that end and wake the lane; it makes its own by default.
    interrupt : callable, optional
        Ends a step that runs while the block ends; called until the thread is over.
    starts_at_once : bool
        Whether the first step comes before the first rest.
    hears : threading.Event, optional
        Set while others can wake the lane; see ``Pace.heard_s``.
    survives : tuple of type
        What a step may raise without ending the lane; every `Exception` by default.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        pace: Pace,
        *,
        logger: logging.Logger,
        failure: str,
        is_ending: threading.Event | None = None,
        woken: threading.Event | None = None,
        interrupt: Callable[[], None] | None = None,
        starts_at_once: bool = True,
        hears: threading.Event | None = None,
        survives: tuple[type[Exception], ...] = (Exception,),
    ):
        self._name, self._step, self._pace = name, step, pace
        self._logger, self._failure, self._survives = logger, failure, survives
        self._interrupt, self._starts_at_once = interrupt, starts_at_once
        self._is_ending, self._woken = is_ending or threading.Event(), woken or threading.Event()
        self._hears = hears or threading.Event()
        self._n_failures = 0

    def __enter__(self) -> Self:
        run = copy_context().run  # a lane of a job logs under its number
        self._thread = threading.Thread(target=run, args=(self._run_thread,), name=self._name, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """End the thread: a step that runs may finish, unless it can be interrupted."""
        self._is_ending.set()
        self._woken.set()
        while self._interrupt is not None and self._thread.is_alive():
            self._interrupt()
            self._thread.join(_INTERRUPT_EVERY_S)
        self._thread.join()

    def wake(self) -> None:
        """End the rest: there may be something to do."""
        self._woken.set()

    def run(self) -> None:
        """Repeat the step in this thread until the lane is told to end."""
        if not self._starts_at_once:
            self._woken.wait(self._pace.pause_s(0))
        while True:
            self._woken.clear()
            if self._is_ending.is_set():  # asked after the clearing: who ends the lane wakes it afterwards
                return
            started_s = time.monotonic()
            outcome = self._take_step()
            self._n_failures = self._n_failures + 1 if outcome is StepOutcome.failed else 0
            if outcome is not StepOutcome.more and not self._is_ending.is_set():
                self._woken.wait(self._pause_s(time.monotonic() - started_s))

    def _pause_s(self, took_s: float) -> float:
        if self._pace.heard_s is not None and not self._n_failures and self._hears.is_set():
            return self._pace.heard_s
        return self._pace.pause_s(self._n_failures, took_s)

    def _take_step(self) -> StepOutcome | None:
        try:
            return self._step()
        except self._survives as error:  # usually every Exception: a thread has nobody to raise to
            log_failure(self._logger, error, "%s, failure %s in a row", self._failure, self._n_failures + 1)
            return StepOutcome.failed

    def _run_thread(self) -> None:
        try:
            self.run()
        except BaseException:  # such as SystemExit, which ends a thread without a word
            self._logger.critical("the thread %s ended before its time", self._name, exc_info=True)


def heartbeat(name: str, step: Step, *, every_s: float, logger: logging.Logger, failure: str) -> Lane:
    """Return a lane that takes its first step after `every_s` seconds, and never rests longer than that."""
    return Lane(name, step, Pace(every_s), logger=logger, failure=failure, starts_at_once=False)
