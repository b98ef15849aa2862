"""The job in hand: how long it may take, its heartbeats, why it is stopped, what is recorded when the server fails.

Called by `training` and by `checks`.
"""

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from databoard.errors import EngineLost
from databoard.logs import marked
from databoard.runner import TrainingTask
from databoard.services.base import disk
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.results import recording
from databoard.states import ErrorCode
from databoard.worker.context import WorkerContext
from databoard.worker.lane import Lane, heartbeat
from databoard.worker.presence import heartbeat_every_s

#: How often a job asks the queue whether it was cancelled; it writes its heartbeat more rarely.
POLL_EVERY_S = 2.0
#: How often the time of a job is looked at, and whether its worker stops.
WATCH_EVERY_S = 0.2
#: What a job may take beyond the time that its folds may: a kit that is loaded for the first time, scoring.
ALLOWANCE_S = 900.0
#: After so long a job that was told to end is interrupted.
_GRACE_S = 10.0
logger = logging.getLogger("databoard.worker")


@dataclass(frozen=True)
class JobOutcome:
    """A job that ended here.

    Attributes
    ----------
    is_fault : bool
        Whether it ended by a fault of the server.
    is_refused : bool
        Whether it was a check that the submission did not pass.
    """

    claim: Claim
    is_fault: bool
    is_refused: bool = False


class JobRun:
    """A job while it runs here.

    Attributes
    ----------
    stop : threading.Event
        Set when the job is to end: cancelled, lost to another worker, over its time, or the worker is told to stop.
    is_fault : bool
        Whether it ended by a fault of the server.
    """

    def __init__(self, claim: Claim):
        self.claim, self.stop = claim, threading.Event()
        self.is_cancelled = self.is_overdue = self.is_fault = False
        self._deadline_s = self._limit_s = float("inf")

    def limit(self, task: TrainingTask) -> None:
        """Give the job the time that all folds of `task` may take one after the other, and 15 minutes more."""
        self._limit_s = len(task.folds) * task.limits.wall_time_s + ALLOWANCE_S
        self._deadline_s = time.monotonic() + self._limit_s

    def defer(self, waited_s: float) -> None:
        """Do not count time in which the job waited for others."""
        self._deadline_s += waited_s

    def overtime_s(self) -> float:
        """Return for how long the job should have ended already; below zero while it may run."""
        return time.monotonic() - self._deadline_s

    @property
    def is_told_to_stop(self) -> bool:
        """Return whether the job ends because its worker does."""
        return self.stop.is_set() and not (self.is_cancelled or self.is_overdue)

    def why_stopped(self) -> str:
        """Return the reason, for operators."""
        if not self.is_overdue:
            return "The worker was asked to stop."
        return (
            f"The job ran for more than {self._limit_s:g} s: the time limit of all its folds, and 15 minutes."
        )


@contextmanager
def job_in_progress(context: WorkerContext, claim: Claim, shutdown: threading.Event) -> Iterator[JobRun]:
    """Keep the job of `claim` while the block does it; record what the block raises as a fault of the server.

    Raises
    ------
    OperationalError
        If the database stays away: the job goes back to the queue when its lease ends.
    """
    job = JobRun(claim)
    with marked(f"job {claim.job_id}"), _watch(context, job, shutdown), _heartbeats(context, job):
        try:
            yield job
        except LeaseLost as error:
            logger.warning("%s", error)
        except EngineLost as error:
            logger.warning("job %s goes back to waiting: %s", claim.job_id, error)
            job.is_fault = True
            _record_fault(context, claim, error, code=ErrorCode.worker_lost, is_counted=False)
        except Exception as error:  # whatever one job meets, the worker goes on with the next
            if job.is_told_to_stop:  # the stop broke off what the block was doing
                logger.info("job %s goes back to waiting: %s", claim.job_id, job.why_stopped())
                _record_fault(context, claim, error, code=None, is_counted=False)
            else:
                logger.exception("job %s, attempt %s: a fault of the server", claim.job_id, claim.attempt)
                job.is_fault = True
                _record_fault(context, claim, error, code=code_of(error), is_counted=True)


def record_stop(context: WorkerContext, job: JobRun) -> None:
    """Write that a job was ended before it was done; one that was only told to stop is tried again, uncounted."""
    if job.is_cancelled:
        context.write_with_retry(recording.record_cancelled, job.claim)
        return
    job.is_fault = job.is_overdue
    context.write_with_retry(
        recording.record_fault,
        job.claim,
        message=job.why_stopped(),
        code=ErrorCode.internal if job.is_overdue else None,
        is_counted=job.is_overdue,
    )


def code_of(error: BaseException) -> ErrorCode:
    """Return which fault of the server an exception is: a full disk, a database that is away, or another."""
    seen: BaseException | None = error
    while seen is not None:
        if disk.is_full(seen):
            return ErrorCode.server_disk_full
        seen = seen.__cause__ or seen.__context__
    return ErrorCode.db_unavailable if isinstance(error, OperationalError) else ErrorCode.internal


def _watch(context: WorkerContext, job: JobRun, shutdown: threading.Event) -> Lane:
    """Return the lane that stops a job when its worker stops or its time is over; it needs no database."""
    seen_s = time.monotonic()

    def step() -> None:
        nonlocal seen_s
        if shutdown.is_set():
            job.stop.set()
        before_s, seen_s = seen_s, time.monotonic()
        if context.runner.engine.is_queued():
            job.defer(seen_s - before_s)
        if job.overtime_s() > 0:
            job.is_overdue = True
            job.stop.set()
        if job.overtime_s() > _GRACE_S:
            context.runner.interrupt()  # what hangs is a scorer

    failure = f"job {job.claim.job_id}: its time was not watched"
    return heartbeat("watch", step, every_s=WATCH_EVERY_S, logger=logger, failure=failure)


def _heartbeats(context: WorkerContext, job: JobRun) -> Lane:
    """Return the lane that keeps the lease, and stops a job that was cancelled or lost."""
    beat_every_s = heartbeat_every_s(context.lease_s)
    next_beat_s = time.monotonic() + beat_every_s

    def step() -> None:
        nonlocal next_beat_s
        now_s = time.monotonic()
        is_due = now_s >= next_beat_s
        if is_due:
            next_beat_s = now_s + beat_every_s
        answer = context.write(jobs.heartbeat if is_due else jobs.poll, job.claim)
        if answer.is_cancel_requested or not answer.is_held:
            job.is_cancelled = answer.is_cancel_requested
            job.stop.set()

    failure = f"job {job.claim.job_id}: no heartbeat"
    every_s = min(POLL_EVERY_S, beat_every_s)
    return heartbeat("job", step, every_s=every_s, logger=logger, failure=failure)


def _record_fault(
    context: WorkerContext, claim: Claim, error: Exception, *, code: ErrorCode | None, is_counted: bool
) -> None:
    text = "".join(traceback.format_exception(error))
    try:
        context.write_with_retry(
            recording.record_fault, claim, message=text, code=code, is_counted=is_counted
        )
    except LeaseLost as lost:
        logger.warning("%s", lost)
