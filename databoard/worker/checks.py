"""Check submissions beside the training: a thread that takes what waits for its check. Started by the worker.

A check takes seconds and no slot, so nobody waits for the training of others to learn of a typing error.
"""

import logging
import threading
from collections.abc import Callable

from databoard.ops.trouble import log_trouble
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim
from databoard.services.results import checks
from databoard.states import JobStep
from databoard.worker.job import IDLE_S, MAX_PAUSE_S, Bench, Done, at_work, record_stop

logger = logging.getLogger("databoard.checks")


def check_one(bench: Bench, stop: threading.Event, *, on_refused: Callable[[Claim], None]) -> Done | None:
    """Do the next check from claim to record; return it, or None when nothing waits for one."""
    claim = bench.write(
        jobs.claim_next, worker=bench.presence.name, steps=(JobStep.check,), rules=bench.queue
    )
    if claim is None:
        return None
    with at_work(bench, claim, stop) as work:
        task = bench.write(checks.start, claim, store=bench.store)
        fault = bench.runner.check(task, cancelled=work.stop)
        if work.stop.is_set():
            record_stop(bench, work)
        elif fault is not None:
            bench.write_patiently(checks.record_refused, claim, run=fault)
            on_refused(claim)
        else:
            bench.write_patiently(checks.record_passed, claim)
    return Done(claim, work.is_fault)


class CheckLane:
    """A context manager; the thread lives as long as the block and ends its check before it goes.

    Parameters
    ----------
    stop : threading.Event
        Set it to give the check that runs back at once.
    on_done : callable
        Called, in the thread, after each check that came to an end: there may be something to train.
    on_refused : callable
        Called, in the thread, with the claim of a submission that was refused.
    """

    def __init__(
        self,
        bench: Bench,
        stop: threading.Event,
        *,
        on_done: Callable[[], None],
        on_refused: Callable[[Claim], None],
    ):
        self._bench, self._stop = bench, stop
        self._on_done, self._on_refused = on_done, on_refused
        self._is_ending = threading.Event()

    def __enter__(self) -> "CheckLane":
        self._thread = threading.Thread(target=self._work, name="checks", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc) -> None:
        self._is_ending.set()
        if exc[0] is not None:
            self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        n_faults = 0
        while not self._is_ending.is_set():
            try:
                done = check_one(self._bench, self._stop, on_refused=self._on_refused)
                n_faults = n_faults + 1 if done and done.is_fault else 0
            except Exception as error:  # the database is away
                done, n_faults = None, n_faults + 1
                log_trouble(logger, error, "nothing was checked, fault %s in a row", n_faults)
            if done is not None and not done.is_fault:
                self._on_done()
            if done is None or done.is_fault:
                self._is_ending.wait(min(MAX_PAUSE_S, IDLE_S * 2**n_faults))
