"""Show that a worker is there: check its jail, register it, beat, say goodbye. Held open by the worker."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime

from databoard.clock import utc_now
from databoard.errors import JailError
from databoard.ops.trouble import log_trouble
from databoard.runner import require_jail
from databoard.services.base.database import transaction
from databoard.services.queue import workers

MAX_BEAT_S = 10.0
logger = logging.getLogger("databoard.worker")


class Presence:
    """A context manager: the worker's row lives as long as the block; a thread keeps it fresh.

    Parameters
    ----------
    config : config.Config
    sessions : sessionmaker
    n_slots : int
        Folds at once; an attribute, too, that may change.

    Raises
    ------
    JailError
        On entering, if the jail that `config` asks for does not hold. The worker is then on record as refused.
    """

    def __init__(
        self,
        config,
        sessions,
        *,
        n_slots: int,
        engine: str = "local",
        clock: Callable[[], datetime] = utc_now,
    ):
        self.host, self.pid = socket.gethostname()[:64], os.getpid()
        self.name = f"{self.host}:{self.pid}"
        self._config, self._sessions, self._clock = config, sessions, clock
        self._facts = {"host": self.host, "pid": self.pid, "engine": engine}
        self.n_slots = n_slots
        self._counts = {"n_done": 0, "n_faults": 0}
        self._is_ending = threading.Event()

    def __enter__(self) -> "Presence":
        self._facts["jail_level"] = self._checked_level()
        self._write(workers.register, **self._facts, n_slots=self.n_slots)
        self._thread = threading.Thread(target=self._beat, name="presence", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc) -> None:
        self._is_ending.set()
        self._thread.join()
        try:
            self._write(workers.stop, **self._counts)
        except Exception as error:  # the database is away: the row will be silent instead
            log_trouble(logger, error, "worker %s ends; that is not on record", self.name)

    def count(self, *, is_fault: bool) -> None:
        """Count a job that ended here, as a fault of ours or as done."""
        self._counts["n_faults" if is_fault else "n_done"] += 1

    def _checked_level(self) -> str:
        config = self._config
        try:
            return require_jail(
                config.jail, hidden=(config.home, config.problems), min_level=config.jail_min_level
            )
        except JailError as error:
            told = {"jail_level": "", "open_layers": str(error), "n_slots": self.n_slots}
            self._write(workers.register, **self._facts, **told)
            raise

    def _beat(self) -> None:
        every_s = max(0.2, min(MAX_BEAT_S, self._config.lease_s / 6))
        while not self._is_ending.wait(every_s):
            try:
                if not self._write(workers.heartbeat, **self._counts, n_slots=self.n_slots):
                    # It was silent for so long that it was forgotten.
                    self._write(workers.register, **self._facts, n_slots=self.n_slots)
            except Exception as error:  # the database is away; jobs have heartbeats of their own
                log_trouble(logger, error, "worker %s: no heartbeat", self.name)

    def _write(self, use_case, **facts):
        with transaction(self._sessions) as session:
            return use_case(session, name=self.name, now=self._clock(), **facts)
