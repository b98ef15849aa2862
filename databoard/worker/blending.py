"""Blend beside the training: a thread that takes what is due, one event after the other. Started by the worker."""

import logging
import threading

from databoard.ops.ensembles import Blender
from databoard.ops.trouble import log_trouble
from databoard.runner import Runner
from databoard.services.base.files import FileStore

#: How often it looks for events that others made due; what is scored here wakes it at once.
LOOK_EVERY_S, MAX_PAUSE_S = 2.0, 60.0
logger = logging.getLogger("databoard.ensembles")


class BackgroundBlending:
    """A context manager; the thread lives as long as the block.

    Parameters
    ----------
    config : config.Config
    sessions : sessionmaker
    """

    def __init__(self, config, sessions):
        self._config, self._sessions = config, sessions
        self._woken = threading.Event()

    def __enter__(self) -> "BackgroundBlending":
        config = self._config
        self._runner = Runner(home=config.home, jail_mode=config.jail, n_parallel=1)
        self._blender = Blender(
            sessions=self._sessions,
            store=FileStore(config.home, config.problems),
            runner=self._runner,
            lease_s=config.lease_s,
        )
        self._thread = threading.Thread(target=self._work, name="blending", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc) -> None:
        """End the thread at once: what it was blending stays due."""
        self._blender.is_ending.set()
        self._woken.set()
        while self._thread.is_alive():
            self._runner.interrupt()
            self._thread.join(0.2)
        self._runner.close()

    def wake(self) -> None:
        """Say that there may be something to blend."""
        self._woken.set()

    def is_idle(self) -> bool:
        """Whether no event is due, apart from those that cannot be blended here."""
        return self._blender.is_idle()

    def _work(self) -> None:
        n_faults = 0
        is_ending = self._blender.is_ending
        while not is_ending.is_set():
            self._woken.clear()
            try:
                name, n_faults = self._blender.blend_next(), 0
            except Exception as error:  # the database is away
                name, n_faults = None, n_faults + 1
                log_trouble(logger, error, "nothing was blended, fault %s in a row", n_faults)
            if name is None and not is_ending.is_set():
                self._woken.wait(min(MAX_PAUSE_S, LOOK_EVERY_S * 2**n_faults))
