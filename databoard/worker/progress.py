"""Show how far the folds of a job are, with few transactions. Called by `training`."""

import logging
import threading

from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.services.results import recording
from databoard.states import SubmissionState
from databoard.worker.context import WorkerContext
from databoard.worker.lane import Lane, Pace

#: How often the states of folds are written, the last state of each fold only. A job that is over sooner writes its
#: result alone.
PACE = Pace(0.5, max_s=5.0)
logger = logging.getLogger("databoard.worker")


class Progress(Lane):
    """Write the states of folds until the block ends; what was not written then is dropped.

    Pages may lag behind. The result must not be lost for them, so failures are logged only.
    """

    def __init__(self, context: WorkerContext, claim: Claim):
        failure = f"job {claim.job_id}: progress not shown"
        super().__init__("progress", self._write, PACE, logger=logger, failure=failure, starts_at_once=False)
        self._context, self._claim = context, claim
        self._lock, self._states = threading.Lock(), dict[int, str]()

    def show(self, number: int, state: str) -> None:
        """Take in the state that fold `number` has reached."""
        if state != SubmissionState.training:  # all folds are training from the start of the job
            with self._lock:
                self._states[number] = state

    def _write(self) -> None:
        with self._lock:
            states, self._states = self._states, {}
        try:
            for number, state in sorted(states.items()):
                self._context.write(recording.record_progress, self._claim, number=number, state=state)
        except LeaseLost:
            logger.info("job %s: another worker has it, or it was cancelled", self._claim.job_id)
