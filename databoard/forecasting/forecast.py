"""Forecast when each waiting submission starts: simulate the queue many times, with random durations and arrivals.

In each simulation free workers take jobs by the rules of `services.queue.order`. Durations and later arrivals are
drawn from the recent past. Uncertain parameters (a team's typical duration, the rate of arrivals) are drawn once per
simulation. The quantiles of the starts are the forecast.
Called by `worker.forecasts`; knows no database and no clock.
"""

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from databoard.forecasting.durations import MIN_JOBS, EventDurations, PastJob
from databoard.forecasting.simulation import Simulation, line_of
from databoard.forecasting.snapshot import Arrivals, RunningJob, Snapshot, WaitingJob

#: Bounds of the number of simulations; between them a forecast ends after so many events: half a second.
MAX_SIMULATIONS, MIN_SIMULATIONS, MAX_EVENTS = 200, 16, 120_000
#: Most events of one simulation: a team that all others overtake could wait for ever.
MAX_EVENTS_PER_JOB = 10


@dataclass(frozen=True)
class Forecast:
    """Half of such jobs start within `p50_s` seconds, nine of ten within `p90_s`."""

    p50_s: float
    p90_s: float


def forecast(snapshot: Snapshot, random: Random, *, max_events: int = MAX_EVENTS) -> dict[int, Forecast]:
    """Return by job id when the waiting jobs will start; empty without a worker, or while too little is known.

    The same snapshot and the same state of `random` give the same answer.
    """
    if snapshot.n_workers == 0 or not snapshot.waiting or len(snapshot.past) < MIN_JOBS:
        return {}
    durations, line = durations_by_event(snapshot), line_of(snapshot)
    starts: dict[int, list[float]] = {job.job_id: [] for job in snapshot.waiting}
    max_of_one = max(MAX_EVENTS // MIN_SIMULATIONS, MAX_EVENTS_PER_JOB * len(snapshot.waiting))
    n_simulations = n_events = 0
    while n_simulations < MIN_SIMULATIONS or (n_simulations < MAX_SIMULATIONS and n_events < max_events):
        simulation = Simulation(snapshot, line, durations, random)
        for job_id, start_s in simulation.starts(max_of_one).items():
            starts[job_id].append(start_s)
        n_simulations, n_events = n_simulations + 1, n_events + simulation.n_events
    return {job_id: _quantiles(sorted(seconds)) for job_id, seconds in starts.items()}


def durations_by_event(snapshot: Snapshot) -> dict[int, EventDurations]:
    """Return the model of the durations of each event; an event with few jobs gets that of all events."""
    by_event: dict[int, list[PastJob]] = defaultdict(list)
    for past in snapshot.past:
        by_event[past.event_id].append(past)
    running: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for job in snapshot.running:
        if job.is_training:
            running[job.event_id].append((job.team_id, job.elapsed_s))
    together = EventDurations(snapshot.past)
    rows: tuple[WaitingJob | RunningJob | Arrivals, ...] = (
        *snapshot.waiting,
        *snapshot.running,
        *snapshot.arrivals,
    )
    named = {row.event_id for row in rows}
    return {
        event_id: EventDurations(by_event[event_id], running[event_id])
        if len(by_event[event_id]) >= MIN_JOBS
        else together
        for event_id in named
    }


def _quantiles(seconds: list[float]) -> Forecast:
    return Forecast(_quantile(seconds, 0.5), _quantile(seconds, 0.9))


def _quantile(ordered: list[float], share: float) -> float:
    """Return the quantile that the next draw is below with probability `share` (type 6: unbiased for few draws)."""
    place = share * (len(ordered) + 1) - 1
    low = min(max(int(place), 0), len(ordered) - 1)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + min(max(place - low, 0.0), 1.0) * (ordered[high] - ordered[low])
