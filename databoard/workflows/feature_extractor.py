"""Workflow ``feature_extractor``, and what starts with it: features first, then a model on them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from databoard.errors import InterfaceError
from databoard.workflows.one_file import OneFileWorkflow
from databoard.workflows.rows import take_rows


class FeatureExtractor(OneFileWorkflow):
    """Fit the ``FeatureExtractor`` of ``feature_extractor.py``; the features of X, one row per row of X.

    The class may also be called after its file, as it was in 2016: ``FeatureExtractorClf`` in
    ``feature_extractor_clf.py``.
    """

    name, class_name, predicts_by = "feature_extractor", "FeatureExtractor", "transform"

    def __init__(self, workflow_element_names: Sequence[str] | None = None) -> None:
        super().__init__(workflow_element_names)
        self.other_class_name = "".join(part.capitalize() for part in self.element_names[0].split("_"))

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return the features of X.

        Raises
        ------
        InterfaceError
            If there are none: the code that gets ``None`` could not say what is wrong.
        """
        features = super().test_submission(trained_model, X)
        if features is None:
            raise InterfaceError(
                f"Expected transform of {self.file_name} to return features, got None. Is a return missing?"
            )
        return features


class FeatureExtractorThenModel:
    """Fit ``FeatureExtractor`` of one file, then the model of another on its features.

    Parameters
    ----------
    workflow_element_names : sequence of two str, optional
        Stems of the two files.
    """

    extractor_workflow: type[OneFileWorkflow] = FeatureExtractor
    model_workflow: type[OneFileWorkflow]

    def __init__(self, workflow_element_names: Sequence[str] | None = None) -> None:
        self.element_names = list(workflow_element_names or ("feature_extractor", self.model_workflow.name))
        self._extractor = self.extractor_workflow(self.element_names[:1])
        self._model = self.model_workflow(self.element_names[1:2])

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> tuple[Any, Any]:
        """Return the pair (feature extractor, model) fitted on the rows ``train_is``.

        The extractor always starts afresh; the model of a ``prev_trained_model`` is handed on.

        Raises
        ------
        SubmissionError
            If a file is missing, fails on import or lacks its class.
        """
        X, y = take_rows(X, train_is), take_rows(y, train_is)
        extractor = self._extractor.train_submission(module_path, X, y)
        features = self._extractor.test_submission(extractor, X)
        previous = None if prev_trained_model is None else prev_trained_model[1]
        return extractor, self._model.train_submission(module_path, features, y, prev_trained_model=previous)

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return the model's predictions for the features of X."""
        extractor, model = trained_model
        return self._model.test_submission(model, self._extractor.test_submission(extractor, X))
