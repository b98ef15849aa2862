"""The training loop: claim a job, train and test it in the jail, score it, record it.

Started by ``fab worker`` (and by ``fab serve`` in development). Holds database and settings, never student code
in memory; a job it cannot finish goes back to the queue. Beside the training one thread checks what was submitted,
another blends what is due, a third tells those who wait when they will start.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from databoard.errors import EngineLost, SubmissionError
from databoard.forecasting.rules import QueueRules
from databoard.ops import schema
from databoard.ops.trash import TrashRounds
from databoard.ops.trouble import log_trouble
from databoard.runner import Runner, save_predictions
from databoard.services.base.database import Database, open_database, transaction
from databoard.services.base.files import FileStore
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.queue.order import QUEUED_STEPS
from databoard.services.results import recording
from databoard.worker.blending import BackgroundBlending
from databoard.worker.checks import CheckLane
from databoard.worker.forecasts import ForecastLane
from databoard.worker.job import IDLE_S, MAX_PAUSE_S, Bench, Done, Work, at_work, record_stop
from databoard.worker.presence import Presence

if TYPE_CHECKING:
    from config import Config

logger = logging.getLogger("databoard.worker")


def process_one(bench: Bench, stop: threading.Event) -> Done | None:
    """Do the next job of the queue from claim to record; return it, or None when nothing waits."""
    claim = bench.write(jobs.claim_next, worker=bench.presence.name, steps=QUEUED_STEPS, rules=bench.queue)
    if claim is None:
        return None
    with at_work(bench, claim, stop) as work:
        task = bench.write(recording.start, claim, store=bench.store)
        work.limit(task)
        runs = () if claim.is_scored_only else _train(bench, work, task)
        if work.stop.is_set():
            record_stop(bench, work)
        elif any(run.state != "tested" for run in runs):
            bench.write_patiently(recording.record_error, claim, runs=runs)
        else:
            _score_and_record(bench, claim, task, runs)
    return Done(claim, work.is_fault)


def run(
    config,
    *,
    is_until_idle: bool = False,
    on_job: Callable[[Claim], None] = lambda claim: None,
    stop: threading.Event | None = None,
) -> int:
    """Work until told to stop, or with `is_until_idle` until nothing waits or runs; return the number of jobs.

    The first SIGTERM or SIGINT lets the current job finish, a second one hands it back. While the database or the
    cluster is away, and after faults of ours, it waits longer and longer, 30 s at most: a broken jail or kit must
    not turn the whole queue into errors within seconds. A database that is away at the start is waited for, too,
    unless the call is to end by itself.
    """
    drain, stop, news = threading.Event(), stop or threading.Event(), threading.Event()
    _listen_to_signals(drain, stop, news)
    n_jobs, n_faults = 0, 0
    with ExitStack() as stack:
        bench = _enter_bench(stack, config, drain, is_patient=not is_until_idle)
        if bench is None:
            return 0
        blending = stack.enter_context(BackgroundBlending(config, bench.sessions))
        stack.enter_context(CheckLane(bench, stop, on_done=news.set, on_refused=on_job))
        stack.enter_context(ForecastLane(bench))
        rounds = _Rounds(bench, config)
        logger.info("worker %s is ready, jail: %s", bench.presence.name, config.jail)
        while not (drain.is_set() or stop.is_set()):
            news.clear()
            try:
                rounds.go()
                bench.presence.n_slots = bench.runner.engine.n_slots()
                done = process_one(bench, stop)
                if done is None and is_until_idle and _n_pending(bench) == 0 and blending.is_idle():
                    break
            except (OperationalError, EngineLost) as error:
                done, n_faults = None, n_faults + 1
                log_trouble(logger, error, "nothing can be done now")
            if done is not None:
                n_jobs += 1
                bench.presence.count(is_fault=done.is_fault)
                blending.wake()
                n_faults = n_faults + 1 if done.is_fault else 0
                on_job(done.claim)
            if done is None or done.is_fault:
                news.wait(min(MAX_PAUSE_S, IDLE_S * 2**n_faults))
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
    engine_name = "dask" if config.dask_scheduler else "local"
    n_slots = config.n_parallel_folds or (0 if config.dask_scheduler else os.cpu_count() or 1)
    with (
        _open_current_database(config) as database,
        Presence(config, database.sessions, n_slots=n_slots, engine=engine_name) as presence,
        Runner(
            home=config.home,
            jail_mode=config.jail,
            n_parallel=config.n_parallel_folds,
            min_level=config.jail_min_level,
            scheduler=config.dask_scheduler,
        ) as runner,
    ):
        yield Bench(
            sessions=database.sessions,
            store=FileStore(config.home, config.problems),
            runner=runner,
            lease_s=config.lease_s,
            presence=presence,
            queue=QueueRules(config.team_jobs, config.lease_s),
        )


@contextmanager
def _open_current_database(config: "Config") -> Iterator[Database]:
    """Open the database of `config`, or refuse it when it is not at this code's revision."""
    with open_database(config) as database:
        schema.require_current(database.engine)
        yield database


def _enter_bench(stack: ExitStack, config, drain: threading.Event, *, is_patient: bool) -> Bench | None:
    """Return a bench, closed with `stack`; with `is_patient` wait for the database, None if told to stop then."""
    pause_s = IDLE_S
    while not drain.is_set():
        try:
            return stack.enter_context(open_bench(config))
        except OperationalError as error:
            if not is_patient:
                raise
            log_trouble(logger, error, "no start yet")
        drain.wait(pause_s)
        pause_s = min(MAX_PAUSE_S, 2 * pause_s)
    return None


def _train(bench: Bench, work: Work, task):
    return bench.runner.train_test(task, on_fold=_progress(bench, work.claim), cancelled=work.stop)


def _progress(bench: Bench, claim: Claim):
    def show(number: int, state: str) -> None:
        try:
            bench.write(recording.record_progress, claim, number=number, state=state)
        except OperationalError as error:  # what is shown may lag; the result must not be lost for it
            log_trouble(logger, error, "job %s: progress not shown", claim.job_id)

    return show


def _score_and_record(bench: Bench, claim: Claim, task, runs) -> None:
    """Score `runs`, or without any what the submission predicted when it was trained."""
    predictions = runs or bench.write(recording.stored_predictions, claim, store=bench.store)
    try:
        scores = bench.runner.score(task, predictions)
    except SubmissionError as error:
        bench.write_patiently(recording.record_refused, claim, runs=runs, error=error)
        return
    if not runs:
        bench.write_patiently(recording.record_scores, claim, runs=runs, scores=scores)
        return
    # Under the lease's name: a worker that lost its lease cannot replace what a later run recorded.
    save_predictions(bench.store.predictions_path(claim.submission_id, claim.lease), runs)
    try:
        bench.write_patiently(recording.record_scores, claim, runs=runs, scores=scores)
    except LeaseLost:
        # Of a commit whose answer was lost on the way, the next try finds the lease gone, too.
        if not bench.write_patiently(jobs.has_succeeded, claim):
            bench.store.remove_predictions(claim.submission_id, claim.lease)
            raise


class _Rounds:
    """What a worker does between jobs when it is time: hand on what lost workers had, empty the trash."""

    def __init__(self, bench: Bench, config):
        self._bench, self._reap_at = bench, 0.0
        self._trash = TrashRounds(bench.sessions, bench.store, keep_s=config.trash_s)

    def go(self) -> None:
        """Do what is due; costs nothing in between."""
        if time.monotonic() >= self._reap_at:
            self._reap_at = time.monotonic() + self._bench.lease_s / 4
            if n_lost := self._bench.write(recording.reap, lease_s=self._bench.lease_s):
                logger.warning("%s jobs of lost workers went back to the queue", n_lost)
        self._trash.look()


def _n_pending(bench: Bench) -> int:
    with transaction(bench.sessions) as session:
        return jobs.n_pending(session)


def _listen_to_signals(drain: threading.Event, stop: threading.Event, news: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def hear(number, frame):
        if drain.is_set():
            stop.set()
        drain.set()
        news.set()
        logger.info("asked to stop%s", " at once" if stop.is_set() else "; finishing the current job")

    signal.signal(signal.SIGTERM, hear)
    signal.signal(signal.SIGINT, hear)
