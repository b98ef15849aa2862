"""Workflow ``feature_extractor``: the first half of the two-file workflows."""

from .importing import load_name, method_of, take_rows


class FeatureExtractor:
    """Fit the ``FeatureExtractor`` of ``feature_extractor.py`` and transform X.

    Parameters
    ----------
    workflow_element_names : sequence of one str
        Stem of the file.
    """

    name = "feature_extractor"

    def __init__(self, workflow_element_names=("feature_extractor",)):
        self.element_names = list(workflow_element_names)
        self.file_name = f"{self.element_names[0]}.py"

    def train_submission(self, module_path, X, y, train_is=None, prev_trained_model=None):
        """Return a ``FeatureExtractor`` fitted on the rows ``train_is``; it always starts afresh.

        Raises
        ------
        SubmissionError
            If the file is missing, fails on import or has no class ``FeatureExtractor``.
        """
        Model = load_name(
            module_path, self.file_name, "FeatureExtractor", purpose="class with fit(X, y) and transform(X)"
        )
        model = Model()
        fit = method_of(model, "fit", file_name=self.file_name, step="training")
        fit(take_rows(X, train_is), take_rows(y, train_is))
        return model

    def test_submission(self, trained_model, X):
        """Return the features of X, one row per row of X."""
        return method_of(trained_model, "transform", file_name=self.file_name)(X)
