"""Choose a tiny training fold, on which a submission shows within a second whether it runs at all.

Called by the scorer, which alone knows the labels.
"""

from typing import Any

import numpy as np

from databoard.kits import Fold

N_ROWS = 60


def sample_fold(y: Any, fold: Fold, *, number: int, n_rows: int = N_ROWS) -> Fold:
    """Return ``fold`` with at most ``n_rows`` of its training rows, as many of each class where there are classes.

    Rows without classes come from the whole fold; of a fold that is a stretch of time, the first ones. The rows to
    predict stay those of ``fold``.

    Parameters
    ----------
    y : array, series, data frame or list of n rows
        The first column tells the class, if there are several.
    """
    rows = np.asarray(fold.train_is)
    if len(rows) > n_rows:
        classes = _classes(y, rows, n_rows)
        rows = _of_each(rows, classes, n_rows) if classes is not None else _of_all(rows, n_rows)
    return Fold(number, np.asarray(rows, dtype=np.int64), fold.test_is)


def _classes(y: Any, rows: np.ndarray, n_rows: int) -> np.ndarray | None:
    """Return the class of each row as a number; None when there are too many different labels for classes."""
    values = y.iloc[rows].to_numpy() if hasattr(y, "iloc") else [y[row] for row in rows]
    try:
        firsts = [value if isinstance(value, str) or np.ndim(value) == 0 else value[0] for value in values]
        names = sorted(set(firsts), key=str)
    except (TypeError, IndexError, KeyError, ValueError):  # boxes of objects, say
        return None
    if len(names) > n_rows // 3:
        return None
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[first] for first in firsts])


def _of_each(rows: np.ndarray, classes: np.ndarray, n_rows: int) -> np.ndarray:
    n_of_each = n_rows // (classes.max() + 1)
    chosen = [_spread(np.flatnonzero(classes == number), n_of_each) for number in range(classes.max() + 1)]
    spread: np.ndarray = rows[np.sort(np.concatenate(chosen))]
    return spread


def _of_all(rows: np.ndarray, n_rows: int) -> np.ndarray:
    is_stretch = np.array_equal(rows, np.arange(rows[0], rows[0] + len(rows)))
    return rows[:n_rows] if is_stretch else _spread(rows, n_rows)


def _spread(rows: np.ndarray, n: int) -> np.ndarray:
    if len(rows) <= n:
        return rows
    chosen: np.ndarray = rows[np.linspace(0, len(rows) - 1, n).round().astype(int)]
    return chosen
