"""Workflow ``feature_extractor_regressor``: features first, then a regressor on them."""

from databoard.workflows.feature_extractor import FeatureExtractorThenModel
from databoard.workflows.regressor import Regressor


class FeatureExtractorRegressor(FeatureExtractorThenModel):
    """Fit ``FeatureExtractor``, then ``Regressor`` on its features; values as of the regressor."""

    name, model_workflow = "feature_extractor_regressor", Regressor
