"""Ways to split a training set that scikit-learn has not: whole events, and a growing past.

Used by ``get_cv`` of ``problem.py``: ``get_cv = TimeSeries(n_cv=8).get_cv``. Names and folds are RAMP's.
"""

import numpy as np

from databoard.errors import KitError


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

    def __init__(self, n_cv=8, cv_block_size=0.5, period=12, unit="", unit_2=None):
        self.n_cv, self.cv_block_size, self.period = n_cv, cv_block_size, period

    def get_cv(self, X, y):
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

    def __init__(self, n_cv=1, cv_test_size=0.5, random_state=57):
        self.n_cv, self.cv_test_size, self.random_state = n_cv, cv_test_size, random_state

    def get_cv(self, X, y):
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
            yield tuple(
                np.flatnonzero(np.isin(event_of_row, events[part])) for part in (train_events, test_events)
            )
