"""Run folds on this machine, a few at a time: the default engine.

Threads, not processes: each only waits for a jail. The thread that starts a jail stays with it to its end,
which bubblewrap's ``--die-with-parent`` needs (the kernel ties it to the thread, not to the process).
"""

from concurrent.futures import Future, ThreadPoolExecutor

from databoard.runner.warm_jails import WarmJails


class LocalExecutor:
    """An executor of this process.

    Parameters
    ----------
    n_parallel : int
        Folds that run at once.
    min_level : {"A", "B"}
        The least wall that will do.

    Attributes
    ----------
    jails : WarmJails
        What a check runs in beside the folds, warm for them.
    """

    def __init__(self, n_parallel: int, min_level: str = "B"):
        n_parallel = max(n_parallel, 1)
        self._pool = ThreadPoolExecutor(max_workers=n_parallel, thread_name_prefix="fold")
        self.jails = WarmJails(n_parallel, min_level)

    def submit(self, function, /, *arguments) -> Future:
        """Run ``function(*arguments, jails)`` soon and return its future; ``jails`` are this machine's."""
        return self._pool.submit(function, *arguments, self.jails)

    def shutdown(self) -> None:
        """Drop what did not start, wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.jails.close()
