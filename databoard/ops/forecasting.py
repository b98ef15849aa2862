"""Tell those who wait when they will start: read the queue, reckon, record. Called by the worker's forecast lane.

What takes time, the reckoning, happens between two short transactions.
"""

import random
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from ..services import queue_forecast, queue_state, waiting
from ..services.database import transaction
from ..services.queue_order import QueueRules


def tell_waiting_times(
    sessions: sessionmaker[Session],
    *,
    rules: QueueRules,
    clock: Callable[[], datetime],
    chance: random.Random | None = None,
    max_events: int = queue_forecast.MAX_EVENTS,
) -> int:
    """Forecast the start of all that waits and record it; return how many jobs were told."""
    made_at = clock()
    with transaction(sessions) as session:
        snapshot = queue_state.snapshot(session, rules=rules, now=made_at)
        stretches = waiting.stretches(session, now=made_at) if snapshot.waiting else {}
    forecasts = queue_forecast.forecast(snapshot, chance or random.Random(), max_events=max_events)  # noqa: S311  (no secret)
    if not forecasts:
        return 0
    with transaction(sessions) as session:
        return waiting.record(session, forecasts, stretches=stretches, made_at=made_at, now=clock())
