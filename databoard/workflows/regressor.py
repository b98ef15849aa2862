"""Workflow ``regressor``: one file with a class ``Regressor``."""

from databoard.workflows.one_file import OneFileWorkflow


class Regressor(OneFileWorkflow):
    """Fit the ``Regressor`` of ``regressor.py``; values, ndarray of shape (n_samples,) or (n_samples, n_targets)."""

    name, class_name, predicts_by, hands_on_previous = "regressor", "Regressor", "predict", True
