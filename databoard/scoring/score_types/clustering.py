"""Scores of clusterings of the points of events."""

from typing import SupportsFloat

import numpy as np

from databoard.scoring.score_types.base import ScoreType


class ClusteringEfficiency(ScoreType):
    """Share of points in the right cluster, averaged over events; higher is better, in [0, 1].

    A true cluster is assigned the predicted cluster that most of its points are in; of ties, that with the
    smallest number. Of several true clusters with the same one, only that with most points in it counts, so
    that putting everything into one cluster does not pay. A negative predicted cluster means none. As
    arrays: shape (n_samples, 2), event and cluster; the events are those of the truth.
    """

    is_lower_the_better = False
    minimum, maximum = 0.0, 1.0
    name = "clustering_efficiency"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        events = np.unique(y_true[:, 0])
        return np.mean(
            [_efficiency(*(part[y_true[:, 0] == event, 1] for part in (y_true, y_pred))) for event in events]
        )


def _efficiency(true_clusters: np.ndarray, predicted_clusters: np.ndarray) -> float:
    """Return the share of the points of one event that are in the right cluster."""
    n_right: dict[float, int] = {}
    for cluster in np.unique(true_clusters):
        found = predicted_clusters[true_clusters == cluster]
        numbers, n_points = np.unique(found[found >= 0], return_counts=True)
        if len(numbers):
            largest = np.argmax(n_points)
            number = numbers[largest]
            n_right[number] = max(n_right.get(number, 0), n_points[largest])
    return sum(n_right.values()) / len(true_clusters)
