"""Blend beside the training: a thread that takes what is due, one event after the other. Started by `training`."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session, sessionmaker

from databoard.runner import Runner
from databoard.services.base.files import FileStore
from databoard.worker.blender import Blender
from databoard.worker.lane import Lane, Pace, StepOutcome

if TYPE_CHECKING:
    from config import Config

#: How often the thread looks for events that others made due, and how often while they can wake it.
PACE = Pace(2.0, max_s=60.0, heard_s=10.0)
logger = logging.getLogger("databoard.ensembles")


class BlendingThread(Lane):
    """Blend what is due until the block ends; what is being blended then is broken off and stays due.

    Parameters
    ----------
    blender : Blender
    interrupt : callable
        Ends the answer of the scorer that the blender waits for.
    hears : threading.Event or None
        Set while others can wake the thread.
    """

    def __init__(self, blender: Blender, *, interrupt: Callable[[], None], hears: threading.Event | None):
        super().__init__(
            "blending",
            self._blend,
            PACE,
            logger=logger,
            failure="nothing was blended",
            is_ending=blender.is_ending,
            interrupt=interrupt,
            hears=hears,
        )
        self._blender = blender

    def is_idle(self) -> bool:
        """Return whether no event is due, apart from those that cannot be blended here."""
        return self._blender.is_idle()

    def _blend(self) -> StepOutcome:
        return StepOutcome.idle if self._blender.blend_next() is None else StepOutcome.more


@contextmanager
def blending(
    config: "Config", sessions: sessionmaker[Session], *, hears: threading.Event | None = None
) -> Iterator[BlendingThread]:
    """Yield the running thread, with a runner of its own: an answer of its scorer may take minutes."""
    with Runner(home=config.home, jail_mode=config.jail, n_parallel=1) as runner:
        store = FileStore(config.home, config.problems)
        blender = Blender(sessions=sessions, store=store, runner=runner, lease_s=config.lease_s)
        with BlendingThread(blender, interrupt=runner.interrupt, hears=hears) as thread:
            yield thread
