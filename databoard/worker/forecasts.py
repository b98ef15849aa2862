"""A thread that forecasts when waiting submissions start, and records it. Started by `training` in each worker.

Only the oldest live worker forecasts; the others look whether they are the oldest by now. The simulation takes time,
so it runs between two short transactions.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from databoard.forecasting import forecast
from databoard.forecasting.rules import QueueRules
from databoard.services.base.database import transaction
from databoard.services.queue import wait_forecasts, workers
from databoard.services.queue.snapshot import read_snapshot
from databoard.worker.context import WorkerContext
from databoard.worker.lane import Lane, Pace, StepOutcome

#: Between two forecasts; while one takes long, ten times as long as it took.
PACE = Pace(5.0, max_s=60.0, rest_per_work=10.0)
logger = logging.getLogger("databoard.forecasts")


def forecast_waiting_times(
    sessions: sessionmaker[Session],
    *,
    rules: QueueRules,
    clock: Callable[[], datetime],
    chance: random.Random | None = None,
    max_events: int = forecast.MAX_EVENTS,
) -> int:
    """Forecast the start of all that waits and record it; return the number of forecasts."""
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


class ForecastThread(Lane):
    """Forecast again and again until the block ends, if that is for this worker to do."""

    def __init__(self, context: WorkerContext):
        super().__init__(
            "forecasts",
            self._forecast,
            PACE,
            logger=logger,
            failure="no waiting time was forecast",
            starts_at_once=False,
        )
        self._context = context

    def forecast(self) -> int:
        """Forecast and record, if that is for this worker to do; return the number of forecasts."""
        context = self._context
        now = context.clock()
        with transaction(context.sessions) as session:
            if workers.oldest_alive(session, now=now, lease_s=context.lease_s) != context.registration.name:
                return 0
        return forecast_waiting_times(context.sessions, rules=context.queue, clock=context.clock)

    def _forecast(self) -> StepOutcome:
        self.forecast()
        return StepOutcome.idle
