"""Workflows with ``external_data.csv``: a table that participants bring along.

The platform never reads it. It lies beside the code, which opens it relative to its own ``__file__``::

    pd.read_csv(Path(__file__).parent / "external_data.csv")
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from databoard.workflows.feature_extractor_regressor import FeatureExtractorRegressor
from databoard.workflows.importing import check_is_there
from databoard.workflows.sklearn_pipeline import SKLearnPipeline

_FILE_NAME = "external_data.csv"


class FeatureExtractorRegressorWithExternalData(FeatureExtractorRegressor):
    """``feature_extractor_regressor`` beside a file of external data.

    Parameters
    ----------
    workflow_element_names : sequence of three str
        Stems of the two files of code, and the name of the data file.
    """

    name = "feature_extractor_regressor_with_external_data"

    def __init__(
        self, workflow_element_names: Sequence[str] = ("feature_extractor", "regressor", _FILE_NAME)
    ) -> None:
        super().__init__(workflow_element_names)

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> Any:
        """Train as :class:`FeatureExtractorRegressor` does.

        Raises
        ------
        SubmissionError
            If a file is missing, the data file included, or fails on import.
        """
        check_is_there(module_path, self.element_names[2])
        return super().train_submission(module_path, X, y, train_is, prev_trained_model)


class AirPassengers(FeatureExtractorRegressorWithExternalData):
    """``feature_extractor_regressor_with_external_data`` under the name that RAMP has for it."""

    name = "air_passengers"


class EstimatorExternalData(SKLearnPipeline):
    """``estimator`` beside a file of external data, ``external_data.csv``."""

    name = "estimator_external_data"

    def __init__(self) -> None:
        super().__init__(additional_filenames=[_FILE_NAME])
