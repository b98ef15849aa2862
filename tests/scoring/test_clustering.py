"""Clusterings of events, and their efficiency."""

from pathlib import Path

import numpy as np
import pytest

from databoard.errors import KitError, PredictionError
from databoard.scoring import score_types as st
from databoard.scoring.prediction_types import PREDICTION_TYPES, check_predictions, make_clustering

DOCS = Path(__file__).parents[2] / "docs" / "scores.md"
Clusters = make_clustering()


def efficiency(true, predicted, events=None):
    events = np.zeros(len(true)) if events is None else events
    truths = Clusters(y_true=np.column_stack([events, true]))
    return st.ClusteringEfficiency().score_function(
        truths, Clusters(y_pred=np.column_stack([events, predicted]))
    )


@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        ([0, 0, 1, 1], [5, 5, 2, 2], 1.0),
        ([0, 0, 0, 1], [4, 4, 7, 7], 0.75),
        ([0, 0, 0, 1, 1], [3, 3, 3, 3, 3], 0.6),
        ([0, 0, 1, 1], [-1, -1, 2, 2], 0.5),
        ([0, 0], [-1, -1], 0.0),
        ([0, 0, 1], [1, 2, 1], 1 / 3),
    ],
)
def test_efficiency_agrees_with_a_hand_computation(true, predicted, expected):
    assert efficiency(true, predicted) == pytest.approx(expected, abs=1e-12)


def test_every_event_weighs_the_same():
    assert efficiency([0, 0, 0, 0], [1, 1, 1, -1], events=[1, 1, 1, 2]) == 0.5


def test_only_rows_with_a_cluster_are_there():
    whole = Clusters(n_samples=2)
    whole.set_valid_in_train(Clusters(y_pred=[[3, 0]]), np.array([1]))
    assert whole.valid_indexes.tolist() == [False, True]


def test_a_clustering_of_another_shape_is_refused():
    with pytest.raises(PredictionError, match=r"shape \(3, 2\), got \(3,\)"):
        check_predictions(Clusters, [1, 2, 3], 3, step="validating")
    with pytest.raises(KitError, match="Expected truths of shape"):
        Clusters(y_true=[1, 2, 3])


@pytest.mark.parametrize("name", PREDICTION_TYPES)
def test_a_prediction_type_is_listed_in_the_documentation(name):
    (row,) = [row for row in DOCS.read_text().splitlines() if row.startswith(f"| `{name}` | `make_")]
    assert f"`{PREDICTION_TYPES[name].__name__}(" in row
