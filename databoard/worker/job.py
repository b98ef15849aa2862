"""A job in a worker's hands: what it works with, its signs of life, and what becomes of it when we fail.

Called by `training` and by `checks`.
"""

import errno
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.errors import EngineLost
from databoard.forecasting.rules import PLAIN_RULES, QueueRules
from databoard.ops.trouble import log_trouble
from databoard.runner import Runner
from databoard.services.base.database import transaction
from databoard.services.base.files import FileStore
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.results import recording
from databoard.states import ErrorCode
from databoard.worker.presence import Presence

IDLE_S, MAX_PAUSE_S = 1.0, 30.0
#: How often a job asks whether it was cancelled; it writes its heartbeat more rarely.
LOOK_EVERY_S, BEAT_EVERY_S = 2.0, 10.0
#: What a job may take beyond the time that its folds may: a kit that is loaded for the first time, scoring.
ALLOWANCE_S = 900.0
#: After so long a job that was told to end is not waited for any more.
_GRACE_S = 10.0
logger = logging.getLogger("databoard.worker")


@dataclass(frozen=True)
class Bench:
    """What a worker works with: a way to the database, the files, the runner, a clock and its own row."""

    sessions: sessionmaker[Session]
    store: FileStore
    runner: Runner
    lease_s: float
    presence: Presence
    queue: QueueRules = PLAIN_RULES
    clock: Callable[[], datetime] = utc_now

    def write_patiently(self, use_case, *args, **kwargs):
        """Call a service as :meth:`write` does; try again while the database is away and the lease may hold."""
        deadline = time.monotonic() + self.lease_s
        while True:
            try:
                return self.write(use_case, *args, **kwargs)
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(IDLE_S)

    def write(self, use_case, *args, **kwargs):
        """Call a service in a transaction of its own, with the current time."""
        with transaction(self.sessions) as session:
            return use_case(session, *args, now=self.clock(), **kwargs)


@dataclass(frozen=True)
class Done:
    """A job that ended here, well or badly; `is_fault` when the fault was ours."""

    claim: Claim
    is_fault: bool


class Work:
    """A job while it is done here.

    Attributes
    ----------
    stop : threading.Event
        Set when the job is to end: cancelled, lost to another worker, over its time, or the worker is told to stop.
    is_fault : bool
        Whether it ended by a fault of ours.
    """

    def __init__(self, claim: Claim):
        self.claim, self.stop = claim, threading.Event()
        self.is_cancelled = self.is_overdue = self.is_fault = False
        self._deadline_s = self._limit_s = float("inf")

    def limit(self, task) -> None:
        """Give the job the time that all folds of `task` may take one after the other, and some more."""
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
        """Return the words for operators."""
        if not self.is_overdue:
            return "The worker was asked to stop."
        return f"The job ran for more than {self._limit_s:g} s: all its folds one after the other, and some more."


@contextmanager
def at_work(bench: Bench, claim: Claim, shutdown: threading.Event) -> Iterator[Work]:
    """Beat while the block does the job of `claim`; what it raises is our fault, recorded and not raised again.

    Raises
    ------
    OperationalError
        If the database stays away: the job is left to whoever reaps it.
    """
    work, done = Work(claim), threading.Event()
    thread = threading.Thread(target=_beat, args=(bench, work, shutdown, done), daemon=True)
    thread.start()
    try:
        yield work
    except LeaseLost as error:
        logger.warning("%s", error)
    except EngineLost as error:
        logger.warning("job %s goes back to waiting: %s", claim.job_id, error)
        work.is_fault = True
        _record_fault(bench, claim, error, code=ErrorCode.worker_lost, is_counted=False)
    except Exception as error:
        if work.is_told_to_stop:  # what it was about broke off
            logger.info("job %s goes back to waiting: %s", claim.job_id, work.why_stopped())
            _record_fault(bench, claim, error, code=None, is_counted=False)
        else:
            logger.exception("job %s, attempt %s: our fault", claim.job_id, claim.attempt)
            work.is_fault = True
            _record_fault(bench, claim, error, code=code_of(error))
    finally:
        done.set()
        thread.join()


def record_stop(bench: Bench, work: Work) -> None:
    """Write that a job was ended before it was done; one that was only told to stop is tried again, uncounted."""
    if work.is_cancelled:
        bench.write_patiently(recording.record_cancelled, work.claim)
        return
    work.is_fault = work.is_overdue
    bench.write_patiently(
        recording.record_fault,
        work.claim,
        message=work.why_stopped(),
        code=ErrorCode.internal if work.is_overdue else None,
        is_counted=work.is_overdue,
    )


def code_of(error: BaseException) -> ErrorCode:
    """Return which of our faults an exception is: a full disk, a database that is away, or another."""
    seen: BaseException | None = error
    while seen is not None:
        is_full = isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT)
        if is_full or (isinstance(seen, DBAPIError) and _speaks_of_a_full_disk(seen)):
            return ErrorCode.server_disk_full
        seen = seen.__cause__ or seen.__context__
    return ErrorCode.db_unavailable if isinstance(error, OperationalError) else ErrorCode.internal


def _speaks_of_a_full_disk(error: DBAPIError) -> bool:
    return any(words in str(error.orig) for words in ("disk is full", "No space left on device"))


def _beat(bench: Bench, work: Work, shutdown: threading.Event, done: threading.Event) -> None:
    beat_every_s = max(0.2, min(BEAT_EVERY_S, bench.lease_s / 6))
    look_every_s = min(LOOK_EVERY_S, beat_every_s)
    now_s = time.monotonic()
    next_beat_s, next_look_s = now_s + beat_every_s, now_s + look_every_s
    while not done.wait(0.2):
        if shutdown.is_set():
            work.stop.set()
        before_s, now_s = now_s, time.monotonic()
        if bench.runner.engine.is_queued():
            work.defer(now_s - before_s)
        _watch_the_time(bench, work)
        if now_s < min(next_beat_s, next_look_s):
            continue
        is_due = now_s >= next_beat_s
        next_look_s = now_s + look_every_s
        next_beat_s = now_s + beat_every_s if is_due else next_beat_s
        try:
            answer = bench.write(jobs.heartbeat if is_due else jobs.look, work.claim)
        except Exception as error:  # the database is away; the lease decides when that is too long
            log_trouble(logger, error, "job %s: no heartbeat", work.claim.job_id)
            continue
        if answer.is_cancel_requested or not answer.is_held:
            work.is_cancelled = answer.is_cancel_requested
            work.stop.set()


def _watch_the_time(bench: Bench, work: Work) -> None:
    if work.overtime_s() > 0:
        work.is_overdue = True
        work.stop.set()
    if work.overtime_s() > _GRACE_S:
        bench.runner.interrupt()  # what hangs is a scorer


def _record_fault(bench: Bench, claim: Claim, error: Exception, **facts) -> None:
    text = "".join(traceback.format_exception(error))
    try:
        bench.write_patiently(recording.record_fault, claim, message=text, **facts)
    except LeaseLost as lost:
        logger.warning("%s", lost)
