"""Workflows on grids that change in time: X is an xarray object of dimensions (time, y, x).

The rows are the times: the first dimension with ``time`` in its name, or the very first.
"""

from collections.abc import Sequence
from typing import Any

from databoard.errors import SubmissionError
from databoard.states import ErrorCode
from databoard.workflows.classifier import Classifier
from databoard.workflows.feature_extractor import FeatureExtractor, FeatureExtractorThenModel
from databoard.workflows.rows import n_rows


class GridFeatureExtractor(FeatureExtractor):
    """Fit the ``FeatureExtractor`` of ``feature_extractor.py`` on grids; one row of features per time."""

    name = "grid_feature_extractor"

    def __init__(self, workflow_element_names: Sequence[str] = ("feature_extractor",)) -> None:
        super().__init__(workflow_element_names)

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return the features of X, an array with one row per time.

        Raises
        ------
        SubmissionError
            If there are more or fewer rows.
        """
        features = super().test_submission(trained_model, X)
        if n_rows(features) != n_rows(X):
            raise SubmissionError(
                f"Expected transform of {self.file_name} to give one row of features for each of {n_rows(X)} "
                f"times, got {n_rows(features)}. Flatten or summarise the grid of each time, not the times.",
                step="validating",
                code=ErrorCode.validating_error,
            )
        return features


class GridFeatureExtractorClassifier(FeatureExtractorThenModel):
    """Fit ``FeatureExtractor`` on grids, then ``Classifier`` on its features; probabilities as of the classifier."""

    name, extractor_workflow, model_workflow = (
        "grid_feature_extractor_classifier",
        GridFeatureExtractor,
        Classifier,
    )
