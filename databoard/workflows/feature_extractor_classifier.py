"""Workflow ``feature_extractor_classifier``: features first, then a classifier on them."""

from databoard.workflows.classifier import Classifier
from databoard.workflows.feature_extractor import FeatureExtractorThenModel


class FeatureExtractorClassifier(FeatureExtractorThenModel):
    """Fit ``FeatureExtractor``, then ``Classifier`` on its features; probabilities as of the classifier."""

    name, model_workflow = "feature_extractor_classifier", Classifier
