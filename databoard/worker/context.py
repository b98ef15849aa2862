"""What all threads of a worker share: database, files, runner, registration, writing. Opened by `training`."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.errors import JailError
from databoard.forecasting.rules import PLAIN_RULES, QueueRules
from databoard.ops import guard
from databoard.runner import Runner, WarmRoom
from databoard.services.base.database import Database, open_database, transaction
from databoard.services.base.files import FileStore
from databoard.worker.lane import Pace
from databoard.worker.pause import why_paused
from databoard.worker.presence import WorkerRegistration

if TYPE_CHECKING:
    from config import Config

#: How long a worker rests when nothing waits: while nobody can wake it, at most after failures, while others can.
PACE = Pace(1.0, max_s=30.0, heard_s=10.0)
T = TypeVar("T")


@dataclass(frozen=True)
class WorkerContext:
    """What a worker works with; its threads share it."""

    sessions: sessionmaker[Session]
    store: FileStore
    runner: Runner
    lease_s: float
    registration: WorkerRegistration
    queue: QueueRules = PLAIN_RULES
    max_memory: float = 1.0
    clock: Callable[[], datetime] = utc_now

    def write(self, use_case: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Call a service in a transaction of its own, with the current time."""
        with transaction(self.sessions) as session:
            return use_case(session, *args, now=self.clock(), **kwargs)

    def write_with_retry(self, use_case: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Call a service as :meth:`write` does; try again while the database is away and the lease may hold."""
        deadline_s = time.monotonic() + self.lease_s
        while True:
            try:
                return self.write(use_case, *args, **kwargs)
            except OperationalError:
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(PACE.every_s)


@contextmanager
def open_context(
    config: "Config",
    *,
    ahead: "Callable[[WorkerContext], AbstractContextManager[object]] | None" = None,
    is_memory_bounded: bool = False,
) -> Iterator[WorkerContext]:
    """Yield the context of a worker for `config`; close its runner and its connections when the block ends.

    Parameters
    ----------
    ahead : callable, optional
        Returns what runs from before the jail is checked to the end of the block, such as the warm-up of kits: both
        take a second or two.
    is_memory_bounded : bool
        Whether no job is taken while the memory of the machine is used up; not where somebody waits for the end.

    Raises
    ------
    JailError
        If the jail that `config` asks for does not hold on this machine: the worker takes no job then.
    RuleError
        If the database is not at this code's revision.
    """
    with _open_current_database(config) as database:
        store = FileStore(config.home, config.problems, min_free_bytes=config.min_free_bytes)
        max_memory = config.max_memory_percent / 100 if is_memory_bounded else 1.0
        registration = _registration(config, database.sessions, partial(why_paused, store, max_memory))
        with _runner(config, registration) as runner:
            context = WorkerContext(
                sessions=database.sessions,
                store=store,
                runner=runner,
                lease_s=config.lease_s,
                registration=registration,
                queue=QueueRules(config.team_jobs, config.lease_s),
                max_memory=max_memory,
            )
            with ahead(context) if ahead else nullcontext(), registration:
                yield context


def _runner(config: "Config", registration: WorkerRegistration) -> Runner:
    try:
        return Runner(
            home=config.home,
            jail_mode=config.jail,
            n_parallel=config.n_parallel_folds,
            min_level=config.jail_min_level,
            scheduler=config.dask_scheduler,
            room=WarmRoom(config.warm_bytes),
        )
    except JailError as error:
        registration.refuse(error)
        raise


@contextmanager
def _open_current_database(config: "Config") -> Iterator[Database]:
    """Open the database of `config`, or refuse it when it is not at this code's revision."""
    with open_database(config) as database:
        guard.require_ready(config, database.engine)
        yield database


def _registration(
    config: "Config", sessions: sessionmaker[Session], pause: Callable[[], str]
) -> WorkerRegistration:
    """Return the registration, with as many slots as are known before the runner has started."""
    if config.dask_scheduler:
        n_slots, engine = config.n_parallel_folds, "dask"
    else:
        n_slots, engine = config.n_parallel_folds or os.cpu_count() or 1, "local"
    return WorkerRegistration(config, sessions, n_slots=n_slots, engine=engine, pause=pause)
