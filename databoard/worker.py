"""The training loop: claim a job, train and test it in the jail, score it, record it.

Started by ``fab worker`` (and by ``fab serve`` in development). Holds database and settings, never student code
in memory; a job it cannot finish goes back to the queue. A thread blends what is due beside the training.
"""

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from .clock import utc_now
from .errors import SubmissionError
from .ops import schema
from .ops.background import BackgroundBlending
from .ops.presence import Presence
from .runner import Runner, save_predictions
from .services import jobs, training
from .services.database import make_engine, session_factory, transaction
from .services.files import FileStore
from .services.jobs import Claim, LeaseLost
from .services.queue_order import PLAIN_RULES, QueueRules

IDLE_S, MAX_PAUSE_S = 1.0, 30.0
logger = logging.getLogger("databoard.worker")


@dataclass(frozen=True)
class Bench:
    """What a worker works with: a way to the database, the files, the runner, a clock and its own name."""

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


def process_one(bench: Bench, stop: threading.Event) -> Done | None:
    """Do the next job of the queue from claim to record; return it, or None when nothing waits."""
    claim = bench.write(jobs.claim_next, worker=bench.presence.name, rules=bench.queue)
    if claim is None:
        return None
    is_fault = False
    with _heartbeat(bench, claim, stop) as beat:
        try:
            task = bench.write(training.start, claim, store=bench.store)
            runs = bench.runner.train_test(task, on_fold=_progress(bench, claim), cancelled=beat.stop)
            if beat.stop.is_set():
                _record_stop(bench, claim, beat)
            elif any(run.state != "tested" for run in runs):
                bench.write_patiently(training.record_error, claim, runs=runs)
            else:
                _score_and_record(bench, claim, task, runs)
        except LeaseLost as error:
            logger.warning("%s", error)
        except Exception as error:
            logger.exception("job %s, attempt %s: our fault", claim.job_id, claim.attempt)
            is_fault = True
            _record_fault(bench, claim, error)
    return Done(claim, is_fault)


def run(
    config,
    *,
    is_until_idle: bool = False,
    on_job: Callable[[Claim], None] = lambda claim: None,
    stop: threading.Event | None = None,
) -> int:
    """Work until told to stop, or with `is_until_idle` until nothing waits or runs; return the number of jobs.

    The first SIGTERM or SIGINT lets the current job finish, a second one hands it back. While the database is
    away, and after faults of ours, it waits longer and longer, 30 s at most: a broken jail or kit must not turn the
    whole queue into errors within seconds.
    """
    drain, stop = threading.Event(), stop or threading.Event()
    _listen_to_signals(drain, stop)
    n_jobs, n_faults, reap_at = 0, 0, 0.0
    with open_bench(config) as bench, BackgroundBlending(config, bench.sessions) as blending:
        logger.info("worker %s is ready, jail: %s", bench.presence.name, config.jail)
        while not (drain.is_set() or stop.is_set()):
            try:
                if time.monotonic() >= reap_at:
                    reap_at = time.monotonic() + bench.lease_s / 4
                    _reap(bench)
                done = process_one(bench, stop)
                if done is None and is_until_idle and _n_pending(bench) == 0 and blending.is_idle():
                    break
            except OperationalError as error:
                done, n_faults = None, n_faults + 1
                logger.error("the database does not answer: %s", str(error.orig).strip())
            if done is not None:
                n_jobs += 1
                bench.presence.count(is_fault=done.is_fault)
                blending.wake()
                n_faults = n_faults + 1 if done.is_fault else 0
                on_job(done.claim)
            if done is None or done.is_fault:
                drain.wait(min(MAX_PAUSE_S, IDLE_S * 2**n_faults))
    return n_jobs


@contextmanager
def open_bench(config):
    """Yield a bench for `config`; its runner and its connections are closed afterwards.

    Raises
    ------
    JailError
        If the jail that `config` asks for does not hold on this machine: no job is taken then.
    RuleError
        If the database is not at this code's revision.
    """
    engine = make_engine(config.db_url, is_perf=config.is_db_perf)
    schema.require_current(engine)
    n_parallel = config.n_parallel_folds or os.cpu_count() or 1
    sessions = session_factory(engine)
    with (
        Presence(config, sessions, n_slots=n_parallel) as presence,
        Runner(
            home=config.home, jail_mode=config.jail, n_parallel=n_parallel, min_level=config.jail_min_level
        ) as runner,
    ):
        yield Bench(
            sessions=sessions,
            store=FileStore(config.home, config.problems),
            runner=runner,
            lease_s=config.lease_s,
            presence=presence,
            queue=QueueRules(config.team_jobs, config.lease_s),
        )
    engine.dispose()


class _Beat:
    """The thread that says the worker lives; sets `stop` when the job is to end."""

    def __init__(self, stop: threading.Event):
        self.stop = threading.Event()
        self.is_cancelled = False
        self.is_shutdown = stop


@contextmanager
def _heartbeat(bench: Bench, claim: Claim, shutdown: threading.Event):
    beat, done = _Beat(shutdown), threading.Event()
    thread = threading.Thread(target=_beat, args=(bench, claim, beat, done), daemon=True)
    thread.start()
    try:
        yield beat
    finally:
        done.set()
        thread.join()


def _beat(bench: Bench, claim: Claim, beat: _Beat, done: threading.Event) -> None:
    every_s = max(0.2, min(10.0, bench.lease_s / 6))
    next_s = time.monotonic() + every_s
    while not done.wait(0.2):
        if beat.is_shutdown.is_set():
            beat.stop.set()
        if time.monotonic() < next_s:
            continue
        next_s = time.monotonic() + every_s
        try:
            answer = bench.write(jobs.heartbeat, claim)
        except Exception:  # the database is away; the lease decides when that is too long
            logger.exception("job %s: no heartbeat", claim.job_id)
            continue
        if answer.is_cancel_requested or not answer.is_held:
            beat.is_cancelled = answer.is_cancel_requested
            beat.stop.set()


def _progress(bench: Bench, claim: Claim):
    def show(number: int, state: str) -> None:
        try:
            bench.write(training.record_progress, claim, number=number, state=state)
        except OperationalError as error:  # what is shown may lag; the result must not be lost for it
            logger.warning("job %s: progress not shown: %s", claim.job_id, str(error.orig).strip())

    return show


def _score_and_record(bench: Bench, claim: Claim, task, runs) -> None:
    try:
        scores = bench.runner.score(task, runs)
    except SubmissionError as error:
        bench.write_patiently(training.record_refused, claim, runs=runs, error=error)
        return
    # Under the lease's name: a worker that lost its lease cannot replace what a later run recorded.
    save_predictions(bench.store.predictions_path(claim.submission_id, claim.lease), runs)
    bench.write_patiently(training.record_scores, claim, runs=runs, scores=scores)
    bench.store.keep_predictions(claim.submission_id, claim.lease)


def _record_stop(bench: Bench, claim: Claim, beat: _Beat) -> None:
    if beat.is_cancelled:
        bench.write_patiently(training.record_cancelled, claim)
    else:
        bench.write_patiently(
            training.record_fault, claim, message="The worker was told to stop.", is_counted=False
        )


def _record_fault(bench: Bench, claim: Claim, error: Exception) -> None:
    text = "".join(traceback.format_exception(error))
    try:
        bench.write_patiently(training.record_fault, claim, message=text)
    except LeaseLost as lost:
        logger.warning("%s", lost)


def _reap(bench: Bench) -> None:
    n_lost = bench.write(training.reap, lease_s=bench.lease_s)
    if n_lost:
        logger.warning("%s jobs of lost workers went back to the queue", n_lost)


def _n_pending(bench: Bench) -> int:
    with transaction(bench.sessions) as session:
        return jobs.n_pending(session)


def _listen_to_signals(drain: threading.Event, stop: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def hear(number, frame):
        if drain.is_set():
            stop.set()
        drain.set()
        logger.info("told to stop%s", " at once" if stop.is_set() else "; finishing the current job")

    signal.signal(signal.SIGTERM, hear)
    signal.signal(signal.SIGINT, hear)
