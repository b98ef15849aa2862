"""Check submissions beside the training: a thread that takes what waits for its check. Started by `training`.

A check takes seconds and no slot, so nobody waits for the training of others to learn of a typing error.
"""

import logging
import threading
from collections.abc import Callable

from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim
from databoard.services.results import checks
from databoard.states import JobStep
from databoard.worker.context import PACE, WorkerContext
from databoard.worker.job import JobOutcome, job_in_progress, record_stop
from databoard.worker.lane import Lane, StepOutcome
from databoard.worker.pause import why_paused

logger = logging.getLogger("databoard.checks")


def check_one(context: WorkerContext, stop: threading.Event) -> JobOutcome | None:
    """Do the next check from claim to record; return it, or None when nothing waits for one or workers pause."""
    if why_paused(context.store, context.max_memory):
        return None
    claim = context.write(
        jobs.claim_next, worker=context.registration.name, steps=(JobStep.check,), rules=context.queue
    )
    if claim is None:
        return None
    is_refused = False
    with job_in_progress(context, claim, stop) as job:
        task = context.write(checks.start, claim, store=context.store)
        fault = context.runner.check(task, cancelled=job.stop)
        if job.stop.is_set():
            record_stop(context, job)
        elif fault is not None:
            context.write_with_retry(checks.record_refused, claim, run=fault)
            is_refused = True
        else:
            context.write_with_retry(checks.record_passed, claim)
    return JobOutcome(claim, job.is_fault, is_refused)


class CheckThread(Lane):
    """Check what waits until the block ends; the check that runs then comes to its end.

    Parameters
    ----------
    stop : threading.Event
        Set it to give the check that runs back at once.
    on_done : callable
        Called, in the thread, after each check that came to an end: there may be something to train.
    on_refused : callable
        Called, in the thread, with the claim of a submission that was refused.
    hears : threading.Event
        Set while others can wake the thread.
    """

    def __init__(
        self,
        context: WorkerContext,
        stop: threading.Event,
        *,
        on_done: Callable[[], None],
        on_refused: Callable[[Claim], None],
        hears: threading.Event,
    ):
        failure = "nothing was checked"
        super().__init__("checks", self._check, PACE, logger=logger, failure=failure, hears=hears)
        self._context, self._stop = context, stop
        self._on_done, self._on_refused = on_done, on_refused

    def __exit__(self, *raised: object) -> None:
        if raised[0] is not None:
            self._stop.set()
        super().__exit__(*raised)

    def _check(self) -> StepOutcome:
        done = check_one(self._context, self._stop)
        if done is None:
            return StepOutcome.idle
        if done.is_fault:
            return StepOutcome.failed
        self._on_done()
        if done.is_refused:
            self._on_refused(done.claim)
        return StepOutcome.more
