"""The process that trains: it takes jobs from the queue, runs them in the jail, scores them and records the results.

``fab worker`` starts it, and ``fab serve`` does so in development. It holds database and settings, never student code
in memory. `training` is the spine; `job` is the job in hand; beside them run threads for checks, for blending and for
forecasts of waiting times. `presence` keeps the worker's row in the database fresh.
"""

from databoard.worker.training import open_bench, process_one, run

__all__ = ["open_bench", "process_one", "run"]
