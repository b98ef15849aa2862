"""The training: claim a job, train and test it in the jail, score it, record it; and the process around it.

``fab worker`` starts it (and ``fab serve`` in development). A job that it cannot finish goes back to the queue.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from databoard.errors import EngineLost, SubmissionError
from databoard.ops.failures import log_failure
from databoard.ops.trash import TrashRounds
from databoard.runner import FoldRun, TrainingTask, save_predictions
from databoard.services.base.database import transaction
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.queue.order import QUEUED_STEPS
from databoard.services.queue.wake import Topic
from databoard.services.results import recording
from databoard.states import SubmissionState
from databoard.worker.blending import BlendingThread, blending
from databoard.worker.checks import CheckThread
from databoard.worker.context import PACE, WorkerContext, open_context
from databoard.worker.forecasts import ForecastThread
from databoard.worker.job import JobOutcome, JobRun, job_in_progress, record_stop
from databoard.worker.lane import Lane, StepOutcome
from databoard.worker.pause import is_closed, why_paused
from databoard.worker.progress import Progress
from databoard.worker.ticking import TickThread
from databoard.worker.wakes import WakeThread
from databoard.worker.warming import WarmingThread

if TYPE_CHECKING:
    from config import Config

logger = logging.getLogger("databoard.worker")


def process_one(context: WorkerContext, stop: threading.Event) -> JobOutcome | None:
    """Do the next job of the queue from claim to record; return it, or None when nothing waits or workers pause."""
    if why_paused(context.store, context.max_memory):
        return None
    claim = context.write(
        jobs.claim_next, worker=context.registration.name, steps=QUEUED_STEPS, rules=context.queue
    )
    if claim is None:
        return None
    with job_in_progress(context, claim, stop) as job:
        task = context.write(recording.start, claim, store=context.store)
        job.limit(task)
        runs = () if claim.is_scored_only else _train_and_test(context, job, task)
        if job.stop.is_set():
            record_stop(context, job)
        elif any(run.state != SubmissionState.tested for run in runs):
            context.write_with_retry(recording.record_error, claim, runs=runs)
        else:
            _score_and_record(context, claim, task, runs)
    return JobOutcome(claim, job.is_fault)


def run(
    config: "Config", *, is_until_idle: bool = False, on_job: Callable[[Claim], None] = lambda claim: None
) -> int:
    """Work until told to stop, or with `is_until_idle` until nothing waits or runs; return the number of jobs.

    The first SIGTERM or SIGINT lets the current job finish, a second one hands it back. While the database or the
    cluster is away, and after faults of the server, it rests longer and longer, 30 s at most: a broken jail or kit
    must not turn the whole queue into errors within seconds. A database that is away at the start is waited for, too,
    unless the call is to end by itself.
    """
    drain, stop, news, hears = (threading.Event() for _ in range(4))
    _listen_to_signals(drain, stop, news)
    with ExitStack() as stack:
        context = _enter_context(stack, config, drain, is_patient=not is_until_idle)
        if context is None:
            return 0
        blender = stack.enter_context(blending(config, context.sessions, hears=hears))
        checks = stack.enter_context(
            CheckThread(context, stop, on_done=news.set, on_refused=on_job, hears=hears)
        )
        wakes = {Topic.checks: checks.wake, Topic.training: news.set, Topic.blending: blender.wake}
        stack.enter_context(WakeThread(context.sessions, wakes, hears=hears))
        stack.enter_context(ForecastThread(context))
        if not is_until_idle:
            stack.enter_context(TickThread(config, context.sessions))
        loop = _TrainingLoop(context, config, stop, blender, on_job)
        logger.info("worker %s is ready, jail: %s", context.registration.name, config.jail)
        Lane(
            "training",
            loop.step_until_idle(drain) if is_until_idle else loop.step,
            PACE,
            logger=logger,
            failure="nothing can be done now",
            is_ending=drain,
            woken=news,
            hears=None if is_until_idle else hears,
            survives=(OperationalError, EngineLost),
        ).run()
    return loop.n_jobs


class _TrainingLoop:
    """What the main thread of a worker repeats: a job, and between jobs what is due for the queue and the files."""

    def __init__(
        self,
        context: WorkerContext,
        config: "Config",
        stop: threading.Event,
        blender: BlendingThread,
        on_job: Callable[[Claim], None],
    ):
        self.n_jobs = 0
        self._context, self._stop, self._blender, self._on_job = context, stop, blender, on_job
        self._trash = TrashRounds(context.sessions, context.store, keep_s=config.trash_s)
        self._reap_at_s, self._why_paused = 0.0, ""

    def step(self) -> StepOutcome:
        """Do what is due for the queue and the files, then the next job."""
        self._log_pause()
        if not is_closed(self._context.store):
            self._do_what_is_due()
        self._context.registration.n_slots = self._context.runner.engine.n_slots()
        done = process_one(self._context, self._stop)
        if done is None:
            return StepOutcome.idle
        self.n_jobs += 1
        self._context.registration.count(is_fault=done.is_fault)
        self._blender.wake()
        self._on_job(done.claim)
        return StepOutcome.failed if done.is_fault else StepOutcome.more

    def step_until_idle(self, drain: threading.Event) -> Callable[[], StepOutcome]:
        """Return a step that sets `drain` when nothing is left to train or to blend, or workers pause."""

        def step() -> StepOutcome:
            outcome = self.step()
            if outcome is StepOutcome.idle and (self._why_paused or self._is_all_done()):
                drain.set()
            return outcome

        return step

    def _do_what_is_due(self) -> None:
        """Queue the jobs of lost workers again, and empty the trash, each from time to time."""
        if time.monotonic() >= self._reap_at_s:
            lease_s = self._context.lease_s
            self._reap_at_s = time.monotonic() + lease_s / 4
            if n_lost := self._context.write(recording.reap, lease_s=lease_s):
                logger.warning("%s jobs of lost workers went back to the queue", n_lost)
        self._trash.look()

    def _log_pause(self) -> None:
        why, self._why_paused = self._why_paused, why_paused(self._context.store, self._context.max_memory)
        if why and not self._why_paused:
            logger.info("jobs are taken again")
        elif self._why_paused and not why:
            logger.warning("no job is taken: %s", self._why_paused)

    def _is_all_done(self) -> bool:
        with transaction(self._context.sessions) as session:
            return jobs.n_pending(session) == 0 and self._blender.is_idle()


def _train_and_test(context: WorkerContext, job: JobRun, task: TrainingTask) -> tuple[FoldRun, ...]:
    with Progress(context, job.claim) as progress:
        return context.runner.train_test(task, on_fold=progress.show, cancelled=job.stop)


def _score_and_record(
    context: WorkerContext, claim: Claim, task: TrainingTask, runs: Sequence[FoldRun]
) -> None:
    """Score `runs`, or without any what the submission predicted when it was trained."""
    if not runs:
        stored = context.write(recording.stored_predictions, claim, store=context.store)
        _score(context, claim, task, stored, runs)
        return
    # Under the lease's name: a worker that lost its lease cannot replace what a later run recorded.
    saved = context.store.predictions_path(claim.submission_id, claim.lease)
    save_predictions(saved, runs)
    try:
        is_scored = _score(context, claim, task, saved, runs)
    except LeaseLost:
        # A commit whose answer was lost on the way also lets the next try find the lease gone.
        if not context.write_with_retry(jobs.has_succeeded, claim):
            context.store.remove_predictions(claim.submission_id, claim.lease)
            raise
        return
    if not is_scored:
        context.store.remove_predictions(claim.submission_id, claim.lease)


def _score(
    context: WorkerContext, claim: Claim, task: TrainingTask, predictions: Path, runs: Sequence[FoldRun]
) -> bool:
    """Record the scores of stored predictions, or that they cannot be scored; return whether they were."""
    try:
        scores = context.runner.score(task, predictions)
    except SubmissionError as error:
        context.write_with_retry(recording.record_refused, claim, runs=runs, error=error)
        return False
    context.write_with_retry(recording.record_scores, claim, runs=runs, scores=scores)
    return True


def _enter_context(
    stack: ExitStack, config: "Config", drain: threading.Event, *, is_patient: bool
) -> WorkerContext | None:
    """Return a context, closed with `stack`; with `is_patient` wait for the database, None if told to stop then."""
    n_failures = 0
    while not drain.is_set():
        try:
            ahead = WarmingThread if is_patient else None
            return stack.enter_context(open_context(config, ahead=ahead, is_memory_bounded=is_patient))
        except OperationalError as error:
            if not is_patient:
                raise
            log_failure(logger, error, "no start yet")
        drain.wait(PACE.pause_s(n_failures))
        n_failures += 1
    return None


def _listen_to_signals(drain: threading.Event, stop: threading.Event, news: threading.Event) -> None:
    """Set `drain` at the first signal that ends a process and `stop` at the second; `news` ends a rest."""
    if threading.current_thread() is not threading.main_thread():
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if drain.is_set():
            stop.set()
        drain.set()
        news.set()
        logger.info("asked to stop%s", " at once" if stop.is_set() else "; finishing the current job")

    signal.signal(signal.SIGTERM, hear)
    signal.signal(signal.SIGINT, hear)
