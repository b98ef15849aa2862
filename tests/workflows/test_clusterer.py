"""Workflow ``clusterer``: every event by itself."""

import numpy as np
import pandas as pd
import pytest

from databoard import workflows
from databoard.errors import SubmissionError

SOURCE = """
import numpy as np

class Clusterer:
    def fit(self, X, y):
        self.n_rows = len(X), len(y)
    def predict_single_event(self, X):
        return np.arange(len(X)) + 10 * X.shape[1]
"""
X = np.array([[4, 0.1, 0.2], [2, 0.3, 0.4], [4, 0.5, 0.6]])
Y = np.array([[4, 0], [2, 0], [4, 1]])


def trained(folder, source=SOURCE, X=X):
    (folder / "clusterer.py").write_text(source)
    return workflows.Clusterer().train_submission(folder, X, Y, [0, 2])


@pytest.mark.parametrize("points", [X, pd.DataFrame(X)], ids=["array", "frame"])
def test_each_event_is_clustered_without_its_number(tmp_path, points):
    model = trained(tmp_path, X=points)
    assert model.n_rows == (2, 2)
    assert workflows.Clusterer().test_submission(model, points).tolist() == [[4, 20], [2, 20], [4, 21]]


def test_one_cluster_per_point_is_needed(tmp_path):
    model = trained(tmp_path, SOURCE.replace("np.arange(len(X))", "np.arange(1 + len(X))"))
    with pytest.raises(SubmissionError, match=r"clusterer.py to give 1 clusters, got shape \(2,\)"):
        workflows.Clusterer().test_submission(model, X)


def test_a_missing_class_is_named(tmp_path):
    with pytest.raises(SubmissionError, match=r"Expected clusterer\.py to define Clusterer"):
        trained(tmp_path, "x = 1\n")
