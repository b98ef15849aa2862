"""The queue at one moment, as plain values: what waits and runs, recent arrivals and durations.

`services.queue.snapshot` reads it from the database.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from databoard.forecasting.durations import PastJob

#: What one team submits within so many seconds counts as one arrival: a flood says nothing of the others.
BURST_S = 60.0


@dataclass(frozen=True)
class WaitingJob:
    """A job that waits; `created_s` is negative: seconds before now."""

    job_id: int
    event_id: int
    team_id: int
    priority: int
    created_s: float
    is_training: bool = True  # scoring alone neither counts for a team nor waits for its cap


@dataclass(frozen=True)
class RunningJob:
    """A job that a worker holds."""

    event_id: int
    team_id: int
    elapsed_s: float
    is_training: bool = True


@dataclass(frozen=True)
class Arrivals:
    """The submissions to an event of the last `window_s` seconds, latest first, and who may submit.

    Attributes
    ----------
    ages_s, team_ids : tuple
        When each came, in seconds before now, and from whom.
    all_team_ids : tuple of int
        The teams of the event.
    closes_in_s : float
        Nothing comes later.
    """

    event_id: int
    window_s: float
    ages_s: tuple[float, ...]
    team_ids: tuple[int, ...]
    all_team_ids: tuple[int, ...]
    closes_in_s: float = math.inf

    @classmethod
    def of(
        cls,
        event_id: int,
        *,
        window_s: float,
        came: Iterable[tuple[int, float]],
        all_team_ids: Iterable[int],
        closes_in_s: float | None,
    ) -> "Arrivals":
        """Return the arrivals of ``(team_id, age_s)``, latest first; what a team sends in one go counts once."""
        last: dict[int, float] = {}
        kept = []
        for team_id, age_s in came:
            if age_s - last.get(team_id, -math.inf) >= BURST_S:
                kept.append((team_id, age_s))
            last[team_id] = age_s
        return cls(
            event_id,
            window_s,
            tuple(age_s for _, age_s in kept),
            tuple(team_id for team_id, _ in kept),
            tuple(all_team_ids),
            math.inf if closes_in_s is None else closes_in_s,
        )


@dataclass(frozen=True)
class Snapshot:
    """All that a forecast rests on.

    Attributes
    ----------
    cap : int or None
        How many jobs of a team may train at once; None: any number.
    compute : tuple of (team_id, age_s, seconds)
        What the queue counts for a team now, and before how many seconds it ended.
    """

    n_workers: int
    cap: int | None
    waiting: tuple[WaitingJob, ...]
    running: tuple[RunningJob, ...] = ()
    past: tuple[PastJob, ...] = ()
    compute: tuple[tuple[int, float, float], ...] = ()
    arrivals: tuple[Arrivals, ...] = ()
