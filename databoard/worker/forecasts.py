"""Tell those who wait when they will start: read the queue, reckon, record. A thread of each worker, started by it.

Only the worker that has been there longest does it; the others look whether they are that one by now. What takes
time, the reckoning, happens between two short transactions.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from databoard.forecasting import forecast
from databoard.forecasting.rules import QueueRules
from databoard.ops.trouble import log_trouble
from databoard.services.base.database import transaction
from databoard.services.queue import wait_forecasts, workers
from databoard.services.queue.snapshot import read_snapshot
from databoard.worker.job import Bench

#: Between two forecasts; while one takes long, ten times as long as it took.
TELL_EVERY_S, PAUSE_PER_WORK = 5.0, 10.0
MAX_PAUSE_S = 60.0
logger = logging.getLogger("databoard.forecasts")


def tell_waiting_times(
    sessions: sessionmaker[Session],
    *,
    rules: QueueRules,
    clock: Callable[[], datetime],
    chance: random.Random | None = None,
    max_events: int = forecast.MAX_EVENTS,
) -> int:
    """Forecast the start of all that waits and record it; return how many jobs were told."""
    made_at = clock()
    with transaction(sessions) as session:
        if not wait_forecasts.is_any(session):
            return 0
        snapshot = read_snapshot(session, rules=rules, now=made_at)
        calibrations = wait_forecasts.calibrations(session, now=made_at)
    forecasts = forecast.forecast(snapshot, chance or random.Random(), max_events=max_events)  # noqa: S311  (no secret)
    if not forecasts:
        return 0
    with transaction(sessions) as session:
        return wait_forecasts.record(
            session, forecasts, calibrations=calibrations, made_at=made_at, now=clock()
        )


class ForecastLane:
    """A context manager; the thread lives as long as the block."""

    def __init__(self, bench: Bench):
        self._bench, self._is_ending = bench, threading.Event()

    def __enter__(self) -> "ForecastLane":
        self._thread = threading.Thread(target=self._work, name="forecasts", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc) -> None:
        self._is_ending.set()
        self._thread.join()

    def tell(self) -> int:
        """Forecast and record, if that is for this worker to do; return how many jobs were told."""
        bench = self._bench
        terms = {"now": bench.clock(), "lease_s": bench.lease_s}
        with transaction(bench.sessions) as session:
            if workers.longest_there(session, **terms) != bench.presence.name:
                return 0
        return tell_waiting_times(bench.sessions, rules=bench.queue, clock=bench.clock)

    def _work(self) -> None:
        pause_s = TELL_EVERY_S
        while not self._is_ending.wait(pause_s):
            started_s = time.monotonic()
            try:
                self.tell()
                pause_s = max(TELL_EVERY_S, PAUSE_PER_WORK * (time.monotonic() - started_s))
            except Exception as error:  # the database is away, or somebody deleted what was to be told
                pause_s = min(MAX_PAUSE_S, 2.0 * pause_s)
                log_trouble(logger, error, "no start was forecast")
            pause_s = min(MAX_PAUSE_S, pause_s)
