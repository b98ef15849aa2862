"""Circles found in images: a fixed number of places per image, four numbers each.

Only plain arrays of numbers leave the jail, so the circles of an image lie in one row: confidence, x, y,
radius of the first, then of the next. A place with a negative confidence holds none.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from databoard.errors import KitError
from databoard.scoring.prediction_types.base import BasePrediction

FIELDS = 4
#: Two circles of different models that overlap more than this are one object.
IOU_THRESHOLD = 0.5


class _Detection(BasePrediction):
    """Circles per image; the truth is one list of (x, y, radius) per image, any number of them."""

    @property
    def circles(self) -> list[np.ndarray]:
        """List of ndarray of shape (n_objects, 4): confidence, x, y, radius of each image."""
        return [circles_of(row) for row in self.y_pred]

    def _from_truth(self, y_true: Any) -> np.ndarray:
        images = [[(1.0, *circle) for circle in image] for image in y_true]
        largest = max(map(len, images), default=0)
        if FIELDS * largest > self.n_columns:
            raise KitError(
                f"An image has {largest} objects, make_detection allows {self.n_columns // FIELDS}. "
                "Raise max_objects."
            )
        return np.array([_row(image, self.n_columns) for image in images]).reshape(len(images), -1)

    @classmethod
    def combine(
        cls, predictions_list: Sequence[Any], index_list: "Sequence[int] | None" = None
    ) -> "BasePrediction":
        """Merge what several models found in the same images.

        Circles that overlap with an IoU above one half, directly or through others, are one object: its
        place and radius are the mean weighted by confidence, its confidence is the sum divided by the
        number of models that saw the image, at most 1. If there are too many, the least sure are dropped.
        """
        index_list = range(len(predictions_list)) if index_list is None else index_list
        members = np.array([predictions_list[i].y_pred for i in index_list], dtype=float)
        return cls(y_pred=np.array([_merged(rows, cls.n_columns) for rows in members.transpose(1, 0, 2)]))


def make_detection(max_objects: int = 50) -> type[BasePrediction]:
    """Return a ``Predictions`` class for finding circles in images.

    Parameters
    ----------
    max_objects : int
        Most circles that an image may hold, in truth or prediction; the workflow is told the same.

    Returns
    -------
    type
        ``Predictions(y_pred=... | y_true=... | n_samples=..., fold_is=None)``; ``y_pred`` has
        ``4 * max_objects`` columns.
    """
    return type("Predictions", (_Detection,), {"n_columns": FIELDS * max_objects, "n_columns_true": 0})


def circles_of(row: np.ndarray) -> np.ndarray:
    """Return the circles in one row of ``y_pred``, ndarray of shape (n_objects, 4)."""
    circles = np.reshape(row, (-1, FIELDS))
    return circles[circles[:, 0] >= 0]


def iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the overlap of every circle with every other, area of intersection by area of union.

    Parameters
    ----------
    first, second : ndarray of shape (n, 3) and (m, 3): x, y, radius

    Returns
    -------
    ndarray of shape (n, m) in [0, 1]
    """
    (x, y, r), (u, v, s) = first.T[:, :, None], second.T[:, None, :]
    distance = np.hypot(x - u, y - v)
    small, large = np.minimum(r, s), np.maximum(r, s)
    apart, inside = distance >= r + s, distance <= large - small
    is_lens = ~apart & ~inside
    d, a, b = (np.where(is_lens, values, 1.0) for values in (distance, r + 0 * s, s + 0 * r))
    # The lens is two circular segments: https://mathworld.wolfram.com/Circle-CircleIntersection.html
    angle_a = np.arccos(np.clip((d**2 + a**2 - b**2) / (2 * d * a), -1, 1))
    angle_b = np.arccos(np.clip((d**2 + b**2 - a**2) / (2 * d * b), -1, 1))
    kite = np.sqrt(np.maximum((-d + a + b) * (d + a - b) * (d - a + b) * (d + a + b), 0)) / 2
    lens = a**2 * angle_a + b**2 * angle_b - kite
    shared = np.select([apart, inside], [0.0, np.pi * small**2], lens)
    return shared / (np.pi * (r**2 + s**2) - shared)


def match(truth: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Match circles so that the sum of overlaps is largest (Hungarian algorithm).

    Parameters
    ----------
    truth, found : ndarray of shape (n, 3) and (m, 3)

    Returns
    -------
    rows, columns, overlaps : ndarray of shape (min(n, m),)
    """
    from scipy.optimize import linear_sum_assignment

    overlaps = iou(truth, found)
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    return rows, columns, overlaps[rows, columns]


def _row(circles: ArrayLike, n_columns: int) -> np.ndarray:
    row = np.full(n_columns, -1.0)
    values = np.asarray(circles, dtype=float).reshape(-1)
    row[: len(values)] = values
    return row


def _merged(rows: np.ndarray, n_columns: int) -> np.ndarray:
    """Return the row of one image from those of several models, NaN if none saw it."""
    from scipy.sparse.csgraph import connected_components

    rows = rows[~np.isnan(rows[:, 0])]
    if not len(rows):
        return np.full(n_columns, np.nan)
    circles = np.vstack([circles_of(row) for row in rows])
    if not len(circles):
        return _row([], n_columns)
    n_objects, object_of = connected_components(iou(circles[:, 1:], circles[:, 1:]) > IOU_THRESHOLD)
    merged = []
    for number in range(n_objects):
        parts = circles[object_of == number]
        weights = parts[:, 0] if parts[:, 0].sum() > 0 else None
        place = np.average(parts[:, 1:], axis=0, weights=weights)
        merged.append((min(parts[:, 0].sum() / len(rows), 1.0), *place))
    merged.sort(key=lambda circle: -circle[0])
    return _row(merged[: n_columns // FIELDS], n_columns)
