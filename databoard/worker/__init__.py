"""The process that trains: it takes jobs from the queue, runs them in the jail, scores them and records the results.

``fab worker`` starts it, and ``fab serve`` does so in development. It holds database and settings, never student code
in memory.

=============  ==============================================================================
`training`     the main thread: `process_one` does a job from claim to record
`job`          the job in hand: heartbeats, time limit, what is recorded after a fault
`checks`       a thread that checks submissions before they may wait for a slot
`blending`     a thread that blends the events that are due; `blender` blends one of them
`forecasts`    a thread that forecasts when waiting submissions start
`ticking`      a thread that runs the schedule where cron does not
`presence`     the worker's row in the database, and its heartbeat
`context`      what all of them share: database, files, runner, registration
`lane`         the thread that repeats a step; every thread above is one
=============  ==============================================================================
"""

from databoard.worker.blender import compute_contributivity
from databoard.worker.context import WorkerContext, open_context
from databoard.worker.forecasts import forecast_waiting_times
from databoard.worker.training import process_one, run

__all__ = [
    "WorkerContext",
    "compute_contributivity",
    "forecast_waiting_times",
    "open_context",
    "process_one",
    "run",
]
