"""The registration of a worker: check its jail, write its row, keep it fresh, and say when the worker ends."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.errors import JailError
from databoard.ops.failures import log_failure
from databoard.runner import require_jail
from databoard.services.base.database import transaction
from databoard.services.queue import workers
from databoard.services.queue.workers import Usage
from databoard.worker.lane import heartbeat
from databoard.worker.usage import Meter, disk_used, memory_used

if TYPE_CHECKING:
    from config import Config

MAX_HEARTBEAT_S = 10.0
logger = logging.getLogger("databoard.worker")
T = TypeVar("T")


def heartbeat_every_s(lease_s: float) -> float:
    """Return how often a worker gives a sign of life, so that a lost one does not cost the lease."""
    return max(0.2, min(MAX_HEARTBEAT_S, lease_s / 6))


class WorkerRegistration:
    """Keep the row of a worker in the database, fresh by heartbeats, until the block ends.

    Parameters
    ----------
    config : config.Config
    sessions : sessionmaker
    n_slots : int
        Folds at once; also an attribute, which may change.
    engine : {"local", "dask"}
    clock : callable
    pause : callable
        Returns why the worker takes no job now; an empty text while it does.

    Raises
    ------
    JailError
        On entering, if the jail that `config` asks for does not hold. The worker is then on record as refused.
    """

    def __init__(
        self,
        config: "Config",
        sessions: sessionmaker[Session],
        *,
        n_slots: int,
        engine: str = "local",
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[], str] = str,
    ):
        self.host, self.pid = socket.gethostname()[:64], os.getpid()
        self.name = f"{self.host}:{self.pid}"
        self.n_slots, self._engine = n_slots, engine
        self._config, self._sessions, self._clock = config, sessions, clock
        self._jail_level = ""
        self._n_done = self._n_faults = 0
        self._pause, self._meter, self._is_draining = pause, Meter(self.pid), False
        self._lanes = ExitStack()

    def __enter__(self) -> Self:
        self._jail_level = self._checked_level()
        self._register()
        every_s, failure = heartbeat_every_s(self._config.lease_s), f"worker {self.name}: no heartbeat"
        lane = heartbeat("registration", self._beat, every_s=every_s, logger=logger, failure=failure)
        self._lanes.enter_context(lane)
        return self

    def __exit__(self, *raised: object) -> None:
        self._lanes.close()
        try:
            self._write(workers.stop, n_done=self._n_done, n_faults=self._n_faults)
        except Exception as error:  # the worker ends whatever happens; its row falls silent instead
            log_failure(logger, error, "worker %s ends; that is not on record", self.name)

    def count(self, *, is_fault: bool) -> None:
        """Count a job that ended here: as a fault of the server, or as done."""
        self._n_faults += is_fault
        self._n_done += not is_fault

    def refuse(self, error: JailError) -> None:
        """Record why this worker takes no job: its jail does not hold."""
        self._register(open_layers=str(error))

    def _checked_level(self) -> str:
        config = self._config
        hidden = (config.home, config.problems)
        try:
            return require_jail(config.jail, hidden=hidden, min_level=config.jail_min_level)
        except JailError as error:
            self.refuse(error)
            raise

    def _register(self, *, open_layers: str = "") -> None:
        self._write(
            workers.register,
            host=self.host,
            pid=self.pid,
            engine=self._engine,
            n_slots=self.n_slots,
            jail_level=self._jail_level,
            open_layers=open_layers,
        )

    def _beat(self) -> None:
        counts = {"n_done": self._n_done, "n_faults": self._n_faults, "n_slots": self.n_slots}
        if not self._write(workers.heartbeat, **counts, usage=self._usage()):
            self._register()  # it was silent for so long that its row was removed
        self._tell_whether_drained()

    def _usage(self) -> Usage:
        rss_bytes, cpu_percent = self._meter.measure()
        machine = memory_used(), disk_used(self._config.home)
        return Usage(rss_bytes, cpu_percent, *machine, self._pause())

    def _tell_whether_drained(self) -> None:
        """Log when somebody has drained or resumed this worker; the queue gives it no job meanwhile."""
        with transaction(self._sessions) as session:
            was_draining, self._is_draining = self._is_draining, workers.is_draining(session, self.name)
        if self._is_draining and not was_draining:
            logger.info("worker %s is drained: it ends its job and takes none until it is resumed", self.name)
        elif was_draining and not self._is_draining:
            logger.info("worker %s is resumed: it takes jobs again", self.name)

    def _write(self, use_case: Callable[..., T], **facts: object) -> T:
        with transaction(self._sessions) as session:
            return use_case(session, name=self.name, now=self._clock(), **facts)
