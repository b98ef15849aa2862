"""Run folds on this machine, a few at a time: the default engine.

Threads, not processes: each only waits for a jail. The thread that starts a jail stays with it to its end,
which bubblewrap's ``--die-with-parent`` needs (the kernel ties it to the thread, not to the process).
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from databoard.runner.task import FoldRun, FoldTask
from databoard.runner.warm_jails import WarmJails
from databoard.runner.warm_room import WarmRoom

#: Runs a fold, such as :func:`databoard.runner.folds.run_fold`.
Work = Callable[[FoldTask, Callable[[str], None], threading.Event, WarmJails], FoldRun]


class LocalExecutor:
    """An executor of this process.

    Parameters
    ----------
    n_parallel : int
        Folds that run at once; 0 for one a core.
    min_level : {"A", "B"}
        The least wall that will do.
    room : WarmRoom, optional
        The memory that what is warm shares with others.

    Attributes
    ----------
    jails : WarmJails
        What a check runs in beside the folds, warm for them.
    """

    def __init__(self, n_parallel: int, min_level: str = "B", room: WarmRoom | None = None) -> None:
        self._n_parallel = n_parallel or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(max_workers=self._n_parallel, thread_name_prefix="fold")
        self.jails = WarmJails(self._n_parallel, min_level, room)

    def submit(
        self, function: Work, task: FoldTask, on_state: Callable[[str], None], cancelled: threading.Event, /
    ) -> "Future[FoldRun]":
        """Run ``function(task, on_state, cancelled, jails)`` soon, with this machine's jails."""
        return self._pool.submit(function, task, on_state, cancelled, self.jails)

    def n_slots(self) -> int:
        """Return how many folds run at once."""
        return self._n_parallel

    def is_queued(self) -> bool:
        """Return whether a fold waits for other servers' folds: here there are none."""
        return False

    def shutdown(self) -> None:
        """Drop what did not start, wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.jails.close()
