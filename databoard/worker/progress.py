"""Show how far the folds of a job are, with few transactions. Called by `training`."""

import logging
import threading
from typing import Self

from sqlalchemy.exc import OperationalError

from databoard.ops.failures import log_failure
from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.results import recording
from databoard.states import SubmissionState
from databoard.worker.context import WorkerContext

#: What a fold reaches is written so much later, the last state of each fold only. A job that is over by then writes
#: its result alone.
WRITTEN_AFTER_S = 0.5
logger = logging.getLogger("databoard.worker")


class Progress:
    """Write the states of folds, from a thread of its own, until the block ends; what was not written is dropped.

    Pages may lag behind. The result must not be lost for them, so failures are logged only.
    """

    def __init__(self, context: WorkerContext, claim: Claim):
        self._context, self._claim = context, claim
        self._lock, self._states = threading.Lock(), dict[int, str]()
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._states.clear()
            if self._timer is not None:
                self._timer.cancel()

    def show(self, number: int, state: str) -> None:
        """Take in the state that fold `number` has reached."""
        if state == SubmissionState.training:  # so are all folds from the start of the job
            return
        with self._lock:
            self._states[number] = state
            if self._timer is None:
                self._timer = threading.Timer(WRITTEN_AFTER_S, self._write)
                self._timer.daemon = True
                self._timer.start()

    def _write(self) -> None:
        with self._lock:
            states, self._states, self._timer = self._states, {}, None
        try:
            for number, state in sorted(states.items()):
                self._context.write(recording.record_progress, self._claim, number=number, state=state)
        except OperationalError as error:
            log_failure(logger, error, "job %s: progress not shown", self._claim.job_id)
        except LeaseLost:
            logger.info("job %s: it has ended, or another worker has it", self._claim.job_id)
