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
from databoard.worker.pause import why_paused

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
    store : FileStore
        Of the site, which may be closed for now.
    interrupt : callable
        Ends the answer of the scorer that the blender waits for.
    hears : threading.Event or None
        Set while others can wake the thread.
    """

    def __init__(
        self,
        blender: Blender,
        *,
        store: FileStore,
        interrupt: Callable[[], None],
        hears: threading.Event | None,
    ):
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
        self._blender, self._store = blender, store

    def is_idle(self) -> bool:
        """Return whether no event is due, apart from those that cannot be blended here."""
        return self._blender.is_idle()

    def _blend(self) -> StepOutcome:
        if why_paused(self._store) or self._blender.blend_next() is None:
            return StepOutcome.idle
        return StepOutcome.more


@contextmanager
def blending(
    config: "Config", sessions: sessionmaker[Session], *, hears: threading.Event | None = None
) -> Iterator[BlendingThread]:
    """Yield the running thread, with a runner of its own: an answer of its scorer may take minutes."""
    with Runner(home=config.home, jail_mode=config.jail, n_parallel=1) as runner:
        store = FileStore(config.home, config.problems, min_free_bytes=config.min_free_bytes)
        blender = Blender(sessions=sessions, store=store, runner=runner, lease_s=config.lease_s)
        with BlendingThread(blender, store=store, interrupt=runner.interrupt, hears=hears) as thread:
            yield thread
