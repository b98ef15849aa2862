"""Which points of an event belong together: ``y_pred`` has two columns, event and cluster."""

from typing import Any

import numpy as np

from databoard.scoring.prediction_types.base import BasePrediction


class _Clustering(BasePrediction):
    """Event and cluster of each point, both numbers; a negative cluster means none.

    Combining takes the plain mean as in RAMP, which means nothing for numbers of clusters unless a point is
    predicted once: use one fold, or folds with disjoint validation rows.
    """

    @property
    def valid_indexes(self) -> np.ndarray:
        """Boolean ndarray of shape (n_samples,): rows that hold a cluster."""
        return ~np.isnan(self.y_pred[:, 1])

    def _from_truth(self, y_true: Any) -> np.ndarray:
        return np.array(y_true, dtype=float)


def make_clustering() -> type[BasePrediction]:
    """Return a ``Predictions`` class for clustering the points of events.

    Returns
    -------
    type
        ``Predictions(y_pred=... | y_true=... | n_samples=..., fold_is=None)``
    """
    attributes = {"label_names": ["event", "cluster"], "n_columns": 2, "n_columns_true": 2}
    return type("Predictions", (_Clustering,), attributes)
