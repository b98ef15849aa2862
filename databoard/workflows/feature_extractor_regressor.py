"""Workflow ``feature_extractor_regressor``: features first, then a regressor on them."""

from .feature_extractor import FeatureExtractor
from .importing import take_rows
from .regressor import Regressor


class FeatureExtractorRegressor:
    """Fit ``FeatureExtractor`` of one file, then ``Regressor`` of another on its features.

    Parameters
    ----------
    workflow_element_names : sequence of two str
        Stems of the two files.
    """

    name = "feature_extractor_regressor"

    def __init__(self, workflow_element_names=("feature_extractor", "regressor")):
        self.element_names = list(workflow_element_names)
        self._extractor = FeatureExtractor(self.element_names[:1])
        self._regressor = Regressor(self.element_names[1:])

    def train_submission(self, module_path, X, y, train_is=None, prev_trained_model=None):
        """Return the pair (feature extractor, regressor) fitted on the rows ``train_is``.

        The extractor always starts afresh; the regressor of a ``prev_trained_model`` is handed on.

        Raises
        ------
        SubmissionError
            If a file is missing, fails on import or lacks its class.
        """
        X, y = take_rows(X, train_is), take_rows(y, train_is)
        extractor = self._extractor.train_submission(module_path, X, y)
        features = self._extractor.test_submission(extractor, X)
        previous = None if prev_trained_model is None else prev_trained_model[1]
        model = self._regressor.train_submission(module_path, features, y, prev_trained_model=previous)
        return extractor, model

    def test_submission(self, trained_model, X):
        """Return the regressor's predictions for the features of X."""
        extractor, model = trained_model
        return self._regressor.test_submission(model, self._extractor.test_submission(extractor, X))
