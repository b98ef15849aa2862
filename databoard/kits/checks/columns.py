"""Rows of X and y of any type, and columns of X that reveal y. Used by the other modules of ``checks``."""

from collections.abc import Sequence
from typing import Any

from databoard.workflows.rows import n_rows

_FEW = 20  # below so many rows, columns agree by chance


def columns_that_tell(X: Any, y: Any) -> "list[str]":
    """Return which columns of X equal a column of y, or name its classes, or follow it on a straight line."""
    import numpy as np

    if n_rows(X) != n_rows(y) or n_rows(y) < 2:
        return []
    truths = list(zip(*y_rows(y), strict=True)) if len({len(row) for row in y_rows(y)}) == 1 else []
    if hasattr(X, "columns"):
        columns = [(f"column {name!r}", X[name].tolist()) for name in X.columns]
    elif getattr(X, "ndim", 0) == 2:
        columns = [(f"column {i}", np.asarray(X[:, i]).ravel().tolist()) for i in range(X.shape[1])]
    else:
        return []
    return [name for name, values in columns if any(_tells(values, truth) for truth in truths)]


def _tells(values: Sequence[Any], truth: Sequence[Any]) -> bool:
    if isinstance(values[0], (list, tuple)) or hasattr(values[0], "shape"):
        return False
    if isinstance(truth[0], (list, tuple)) or len(set(truth)) < 2:
        return False
    if list(values) == list(truth) or list(map(str, values)) == list(map(str, truth)):
        return True
    if len(truth) < _FEW:
        return False
    n_pairs, n_values, n_truths = len(set(zip(values, truth, strict=True))), len(set(values)), len(set(truth))
    if n_truths <= len(truth) / 2 and n_pairs == n_values == n_truths:
        return True
    return _is_line(values, truth)


def _is_line(values: Sequence[Any], truth: Sequence[Any]) -> bool:
    import numpy as np

    try:
        x, y = np.asarray(values, dtype=float), np.asarray(truth, dtype=float)
    except (TypeError, ValueError):
        return False
    if not np.isfinite(x).all() or min(x.std(), y.std()) < 1e-12:
        return False
    return bool(abs(np.corrcoef(x, y)[0, 1]) > 1 - 1e-9)


def y_rows(y: Any) -> "list[tuple[Any, ...]]":
    """Return each row of y as a tuple of plain values."""
    if hasattr(y, "to_numpy"):
        y = y.to_numpy()
    rows = y.tolist() if hasattr(y, "tolist") else list(y)
    return [tuple(row) if isinstance(row, (list, tuple)) else (row,) for row in rows]
