"""What of a kit's data the jail may see, written by the scorer.

The label firewall stands here: ``y`` keeps its full length, as the RAMP contract wants, and every row
outside ``train_is`` carries the label of some training row instead of its own.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from databoard.kits import carrying
from databoard.runner.atomic_files import written_whole


def with_fillers(y: Any, train_is: np.ndarray, *, seed: int = 0) -> Any:
    """Return ``y`` with the label of a random training row in every row outside ``train_is``.

    Parameters
    ----------
    y : array, series, data frame or list of n rows
    train_is : ndarray of int64
        Rows whose labels stay.
    seed : int
        The fillers depend on it and on ``train_is`` only.

    Returns
    -------
    Of the type of ``y``, n rows.
    """
    rows = np.arange(len(y))
    outside = np.setdiff1d(rows, train_is)
    rows[outside] = np.random.default_rng(seed).choice(train_is, size=len(outside))
    if hasattr(y, "iloc"):
        return y.iloc[rows].set_axis(y.index)
    if hasattr(y, "shape"):
        return y[rows]
    return [y[row] for row in rows]


def labels_name(train_is: np.ndarray, test_is: np.ndarray) -> str:
    """Return the file name of the labels of a fold; equal folds share it."""
    digest = hashlib.sha256()
    for rows in (train_is, test_is):
        digest.update(np.int64(len(rows)).tobytes() + np.ascontiguousarray(rows, dtype="<i8").tobytes())
    return f"labels_{digest.hexdigest()[:32]}.pkl"


def write_once(path: Path, content: object, what: str) -> None:
    """Pickle ``content`` to ``path`` unless it is there; readable by this user only, whole or absent.

    Raises
    ------
    KitError
        If it cannot be carried into the jail; ``what`` names it.
    """
    if path.exists():
        return
    with written_whole(path) as file:
        carrying.dump(content, file, what)
