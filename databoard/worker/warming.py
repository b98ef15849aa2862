"""Warm up the kits of events that are open or open soon: no first submission waits for that. `training` starts it.

A kit is warm when its scorer has loaded the data and its zygote the libraries. Warm-ups take only free memory, see
:mod:`databoard.runner.warm_room`; the events that were used last come first.
"""

import logging
import threading
from datetime import timedelta

from databoard.errors import DataboardError
from databoard.services.submissions import training_tasks
from databoard.worker.context import WorkerContext
from databoard.worker.lane import Lane, Pace, StepOutcome

#: How long before its opening the kit of an event is warmed up.
AHEAD = timedelta(minutes=15)
#: More often than an unused zygote ends (``warm_jails.IDLE_S``).
PACE = Pace(300.0)
#: The thread of a worker that ends is waited for so long; what it starts then ends with the runner.
_ENDED_WITHIN_S = 0.2
logger = logging.getLogger("databoard.worker")


class WarmingThread(Lane):
    """Warm kits up, and keep them warm, until the block ends."""

    def __init__(self, context: WorkerContext):
        self._ends, self._context, self._told = threading.Event(), context, dict[str, str]()
        failure = "no kit was warmed up"
        super().__init__("warming", self._warm_up, PACE, logger=logger, failure=failure, is_ending=self._ends)

    def __exit__(self, *raised: object) -> None:
        self._ends.set()
        self.wake()
        self._thread.join(_ENDED_WITHIN_S)

    def _warm_up(self) -> StepOutcome:
        context = self._context
        with context.sessions() as session:
            tasks = training_tasks.open_soon(session, context.store, now=context.clock(), ahead=AHEAD)
        for task in tasks:
            if self._ends.is_set():
                break
            try:
                if not context.runner.warm_up(task):
                    logger.info("no memory to keep %s ready, nor what follows", task.kit_path.name)
                    break
                self._tell(task.kit_path.name, "is ready")
            except DataboardError as error:  # of a kit or a jail; its submissions will tell their team
                if not self._ends.is_set():
                    self._tell(task.kit_path.name, f"cannot be warmed up: {error}")
        return StepOutcome.idle

    def _tell(self, kit: str, what: str) -> None:
        """Log what became of a kit, once."""
        if self._told.get(kit) != what:
            self._told[kit] = what
            logger.info("the kit %s %s", kit, what)
