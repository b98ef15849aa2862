"""Workflow ``classifier``: one file with a class ``Classifier``."""

from databoard.workflows.one_file import OneFileWorkflow


class Classifier(OneFileWorkflow):
    """Fit the ``Classifier`` of ``classifier.py``; probabilities, ndarray of shape (n_samples, n_classes)."""

    name, class_name, predicts_by, hands_on_previous = "classifier", "Classifier", "predict_proba", True
