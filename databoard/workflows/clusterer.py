"""Workflow ``clusterer``: one file that clusters the points of one event at a time."""

from typing import Any

import numpy as np

from databoard.errors import SubmissionError
from databoard.states import ErrorCode
from databoard.workflows.one_file import OneFileWorkflow
from databoard.workflows.rows import take_rows


class Clusterer(OneFileWorkflow):
    """Fit the ``Clusterer`` of ``clusterer.py`` on known events, then cluster each new event by itself.

    The first column of X is the number of the event. ``fit(X, y)`` gets it, and y of two columns, event and
    cluster; ``predict_single_event(X)`` gets the other columns of one event only.
    """

    name, class_name, predicts_by = "clusterer", "Clusterer", "predict_single_event"

    def test_submission(self, trained_model: Any, X: Any) -> np.ndarray:
        """Return ndarray of int, shape (n_samples, 2): event and cluster.

        Raises
        ------
        SubmissionError
            If an event gets more or fewer clusters than it has points.
        """
        predict = self.prediction_method(trained_model)
        events = np.asarray(X.iloc[:, 0] if hasattr(X, "iloc") else X[:, 0])
        clusters = np.empty(len(events), dtype=int)
        for event in np.unique(events):
            rows = np.flatnonzero(events == event)
            points = take_rows(X, rows)
            found = np.asarray(predict(points.iloc[:, 1:] if hasattr(points, "iloc") else points[:, 1:]))
            if found.shape != (len(rows),):
                raise SubmissionError(
                    f"Expected predict_single_event of {self.file_name} to give {len(rows)} clusters, got shape "
                    f"{found.shape}. Return one whole number per point, -1 for a point of no cluster.",
                    step="validating",
                    code=ErrorCode.bad_output,
                )
            clusters[rows] = found
        return np.column_stack([events, clusters]).astype(int)
