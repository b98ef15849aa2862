"""Workflow ``clusterer``: one file that clusters the points of one event at a time."""

import numpy as np

from databoard.errors import SubmissionError

from .importing import load_name, method_of, take_rows


class Clusterer:
    """Fit the ``Clusterer`` of ``clusterer.py`` on known events, then cluster each new event by itself.

    The first column of X is the number of the event. ``fit(X, y)`` gets it, and y of two columns, event and
    cluster; ``predict_single_event(X)`` gets the other columns of one event only.

    Parameters
    ----------
    workflow_element_names : sequence of one str
        Stem of the file.
    """

    name = "clusterer"

    def __init__(self, workflow_element_names=("clusterer",)):
        self.element_names = list(workflow_element_names)
        self.file_name = f"{self.element_names[0]}.py"

    def train_submission(self, module_path, X, y, train_is=None, prev_trained_model=None):
        """Return a ``Clusterer`` fitted on the rows ``train_is`` (all when ``None``).

        Raises
        ------
        SubmissionError
            If the file is missing, fails on import or has no class ``Clusterer``.
        """
        Model = load_name(
            module_path,
            self.file_name,
            "Clusterer",
            purpose="class with fit(X, y) and predict_single_event(X)",
        )
        model = Model()
        fit = method_of(model, "fit", file_name=self.file_name, step="training")
        fit(take_rows(X, train_is), take_rows(y, train_is))
        return model

    def test_submission(self, trained_model, X):
        """Return ndarray of int, shape (n_samples, 2): event and cluster.

        Raises
        ------
        SubmissionError
            If an event gets more or fewer clusters than it has points.
        """
        predict = method_of(trained_model, "predict_single_event", file_name=self.file_name)
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
                    code="bad_output",
                )
            clusters[rows] = found
        return np.column_stack([events, clusters]).astype(int)
