"""Engines that run folds: shaped like ``concurrent.futures``, so that one can take another's place."""

from typing import TYPE_CHECKING

from databoard.runner.executors.local import LocalExecutor
from databoard.runner.warm_room import WarmRoom

if TYPE_CHECKING:
    from databoard.runner.executors.dask import DaskExecutor

__all__ = ["LocalExecutor", "make_executor"]


def make_executor(
    scheduler: str, n_parallel: int, min_level: str, room: WarmRoom
) -> "LocalExecutor | DaskExecutor":
    """Return the engine: of this machine, or with the address of a scheduler of a Dask cluster."""
    if not scheduler:
        return LocalExecutor(n_parallel, min_level, room)
    from databoard.runner.executors.dask import DaskExecutor  # brings `distributed`, which nobody else needs

    return DaskExecutor(scheduler, n_parallel, min_level)
