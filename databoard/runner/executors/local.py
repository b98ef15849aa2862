"""Run folds on this machine, a few at a time: the default engine.

Threads, not processes: each only waits for a jail. The thread that starts a jail stays with it to its end,
which bubblewrap's ``--die-with-parent`` needs (the kernel ties it to the thread, not to the process).
"""

from concurrent.futures import Future, ThreadPoolExecutor


class LocalExecutor:
    """An executor of this process.

    Parameters
    ----------
    n_parallel : int
        Folds that run at once.
    """

    def __init__(self, n_parallel: int):
        self._pool = ThreadPoolExecutor(max_workers=max(n_parallel, 1), thread_name_prefix="fold")

    def submit(self, function, /, *arguments) -> Future:
        """Run ``function(*arguments)`` soon and return its future."""
        return self._pool.submit(function, *arguments)

    def shutdown(self) -> None:
        """Drop what did not start, wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)
