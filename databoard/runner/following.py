"""Tell the thread that trains a submission which state each fold has reached. Called by `train_test`."""

import queue
from collections.abc import Callable
from concurrent.futures import Future

from databoard.runner.task import FoldRun

#: What the thread that follows hears: number and state of a fold, or that one has ended.
News = queue.SimpleQueue[tuple[int, str] | Future[FoldRun]]


class StateReport:
    """Tell the thread that follows which state a fold has reached."""

    def __init__(self, states: News, number: int) -> None:
        self._states, self._number = states, number

    def __call__(self, state: str) -> None:
        self._states.put((self._number, state))


def follow(states: News, n_futures: int, on_fold: Callable[[int, str], None] | None) -> None:
    """Call `on_fold` with each state until so many folds have ended."""
    while n_futures:
        news = states.get()
        if isinstance(news, Future):
            n_futures -= 1
        elif on_fold is not None:
            on_fold(*news)
