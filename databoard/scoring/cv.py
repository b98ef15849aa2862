"""Ways to split a training set that scikit-learn has not: whole events, a growing past, episodes.

For ``get_cv`` of a ``problem.py``: ``get_cv = TimeSeries(n_cv=8).get_cv``. Names and folds are RAMP's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from databoard.errors import KitError

#: Rows to train on, rows to validate on.
Split = tuple[np.ndarray, np.ndarray]


class TimeSeries:
    """Train on the past, validate on all that follows; the past grows by one block from fold to fold.

    Fold k trains on the first ``n - (n_cv - k) * block`` rows and validates on the others, where a block is
    the largest multiple of ``period`` that fits ``n_cv`` times into ``cv_block_size`` of the rows.

    Parameters
    ----------
    n_cv : int
        Number of folds.
    cv_block_size : float in (0, 1)
        Share of the rows that the first fold validates on, about.
    period : int
        Rows of one season; every block begins at the same phase.
    unit, unit_2 : str, optional
        Accepted as RAMP does, and not used.
    """

    def __init__(
        self,
        n_cv: int = 8,
        cv_block_size: float = 0.5,
        period: int = 12,
        unit: str = "",
        unit_2: str | None = None,
    ) -> None:
        self.n_cv, self.cv_block_size, self.period = n_cv, cv_block_size, period

    def get_cv(self, X: Any, y: Any) -> Iterator[Split]:
        """Yield pairs (train_is, test_is) of rows of y.

        Raises
        ------
        KitError
            If a block would be empty, or no row is left to train on.
        """
        n_block = int(len(y) * self.cv_block_size / self.n_cv / self.period) * self.period
        n_common = len(y) - n_block * self.n_cv
        if n_block < 1 or n_common < 1:
            raise KitError(
                f"TimeSeries cannot cut {len(y)} rows into {self.n_cv} blocks of whole periods of {self.period}. "
                "Give fewer folds, a shorter period or another cv_block_size."
            )
        rows = np.arange(len(y))
        for k in range(self.n_cv):
            yield rows[: n_common + k * n_block], rows[n_common + k * n_block :]


class Clustering:
    """Split whole events, which are named in the first column of y; none is in both parts of a fold.

    Parameters
    ----------
    n_cv : int
        Number of folds.
    cv_test_size : float in (0, 1)
        Share of the events to validate on.
    random_state : int
    """

    def __init__(self, n_cv: int = 1, cv_test_size: float = 0.5, random_state: int = 57) -> None:
        self.n_cv, self.cv_test_size, self.random_state = n_cv, cv_test_size, random_state

    def get_cv(self, X: Any, y: Any) -> Iterator[Split]:
        """Yield pairs (train_is, test_is) of rows of y.

        Raises
        ------
        KitError
            If there are fewer than two events.
        """
        from sklearn.model_selection import ShuffleSplit

        event_of_row = np.asarray(y)[:, 0]
        events = np.unique(event_of_row)
        if len(events) < 2:
            raise KitError(f"Clustering splits events, and y names {len(events)}. Give it two or more.")
        split = ShuffleSplit(self.n_cv, test_size=self.cv_test_size, random_state=self.random_state)
        for train_events, test_events in split.split(events):
            train_is, test_is = (
                np.flatnonzero(np.isin(event_of_row, events[part])) for part in (train_events, test_events)
            )
            yield train_is, test_is


class PerRestart:
    """Validate on one episode after another, in order, and train on all the others.

    An episode begins at the first row and wherever a column of X is true.

    Parameters
    ----------
    restart_name : str
        The column, of a data frame or an xarray ``Dataset``.
    """

    def __init__(self, restart_name: str = "restart") -> None:
        self.restart_name = restart_name

    def get_cv(self, X: Any, y: Any) -> Iterator[Split]:
        """Yield pairs (train_is, test_is) of rows of y.

        Raises
        ------
        KitError
            If X has not one row per row of y, or there is one episode only.
        """
        episodes = _episodes(X, y, self.restart_name)
        if len(episodes) < 2:
            raise KitError(
                f"PerRestart keeps an episode to validate on, and {self.restart_name!r} marks one only. "
                "Use InsideRestart."
            )
        rows = np.arange(len(y))
        for episode in episodes:
            yield np.setdiff1d(rows, episode), episode


class InsideRestart:
    """Split every episode by itself; fold k trains on the k-th training part of each, and validates likewise.

    Parameters
    ----------
    cv_method : callable, optional
        ``cv_method(X, y)`` yields pairs of rows for one episode; it gets the numbers of the episode's rows, as X
        and as y. ``TimeSeries(...).get_cv`` for example; three blocks in their order when not given.
    restart_name : str
        As that of :class:`PerRestart`.
    """

    def __init__(
        self, cv_method: Callable[[Any, Any], Iterable[Split]] | None = None, restart_name: str = "restart"
    ) -> None:
        self.cv_method, self.restart_name = cv_method or _three_blocks, restart_name

    def get_cv(self, X: Any, y: Any) -> Iterator[Split]:
        """Yield pairs (train_is, test_is) of rows of y.

        Raises
        ------
        KitError
            If X has not one row per row of y, or the episodes are split into different numbers of folds.
        """
        parts = [
            [(episode[train_is], episode[test_is]) for train_is, test_is in self.cv_method(episode, episode)]
            for episode in _episodes(X, y, self.restart_name)
        ]
        sizes = sorted({len(folds) for folds in parts})
        if len(sizes) > 1:
            raise KitError(
                f"InsideRestart needs as many folds in each episode, got {' and '.join(map(str, sizes))}. "
                "Give a cv_method whose folds do not depend on the length."
            )
        for folds in zip(*parts, strict=True):
            train_is, test_is = (np.concatenate(rows) for rows in zip(*folds, strict=True))
            yield train_is, test_is


def _episodes(X: Any, y: Any, restart_name: str) -> list[np.ndarray]:
    is_start = np.array(X[restart_name], dtype=bool)
    if len(is_start) != len(y):
        raise KitError(
            f"Expected {restart_name!r} of X to have one row per row of y ({len(y)}), got {len(is_start)}."
        )
    is_start[:1] = False  # the first episode begins there anyway
    return np.split(np.arange(len(y)), np.flatnonzero(is_start))


def _three_blocks(X: Any, y: Any) -> Iterator[Split]:
    from sklearn.model_selection import KFold

    return KFold(3).split(X)
