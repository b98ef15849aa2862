"""Find out in seconds whether a submission can run, before it takes a slot.

It trains on a tiny sample in a cell of its kit's zygote and predicts every row. What the few rows may explain is
looked at again on the first fold in full, with as little time; what that cannot tell is left to the training. Called
by `Runner.check`.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from databoard.runner.fast_fail_rules import Suspicion
from databoard.runner.folds import run_fold
from databoard.runner.task import FoldRun, FoldTask
from databoard.runner.warm_jails import WarmJails
from databoard.states import SubmissionState

#: From the first line of the submission on.
SAMPLE_WITHIN_S = 8.0


def first_fault(run: Callable[[FoldTask], FoldRun], sample: FoldTask, fold: FoldTask) -> FoldRun | None:
    """Return the run that shows that a submission cannot work; None when it may be trained.

    Parameters
    ----------
    run : callable
        Runs a fold; one that takes too long comes back ``cancelled``.
    sample, fold : FoldTask
        A tiny part of a fold, and all of it.
    """
    first = run(sample)
    if first.suspicion in (Suspicion.none, Suspicion.sure):
        return first if first.suspicion == Suspicion.sure else None
    second = run(fold)
    if second.state == SubmissionState.cancelled:
        return first if first.suspicion == Suspicion.likely else None
    return second if second.suspicion != Suspicion.none else None


@dataclass
class ShortRun:
    """Run folds, each for a few seconds at most.

    Attributes
    ----------
    cancelled : threading.Event
        Set it to end the fold that runs.
    """

    jails: WarmJails
    cancelled: threading.Event

    def __call__(self, task: FoldTask) -> FoldRun:
        """Return how the fold went, ``cancelled`` when its time was over."""
        stop = _TimeIsUp(self.cancelled)
        return run_fold(task, stop.on_state, stop, self.jails)


class _TimeIsUp(threading.Event):
    """Set when another event is, or a while after the first untrusted line.

    Kept here and not by the limits, so that cells made for the training of the same event will do.
    """

    def __init__(self, cancelled: threading.Event) -> None:
        super().__init__()
        self._cancelled, self._deadline_s = cancelled, math.inf

    def on_state(self, state: str) -> None:
        if state == SubmissionState.training:
            self._deadline_s = time.monotonic() + SAMPLE_WITHIN_S

    def is_set(self) -> bool:
        return self._cancelled.is_set() or time.monotonic() > self._deadline_s
