"""Workflow ``feature_extractor_classifier_regressor``: name the class first, then use it to predict a value."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from databoard.errors import SubmissionError
from databoard.states import ErrorCode
from databoard.workflows.classifier import Classifier
from databoard.workflows.feature_extractor import FeatureExtractor
from databoard.workflows.regressor import Regressor
from databoard.workflows.rows import take_rows


class FeatureExtractorClassifierRegressor:
    """Classify on features of X, then predict a value on features of X and the class.

    The regressor's extractor gets X with one more column per label, named after it: the true class as 0 or
    1 at training, the predicted probability of the class at prediction. The truth has two columns, label
    and value; predictions have one column per label and one for the value, as ``make_combined`` wants.

    Parameters
    ----------
    label_names : sequence
        Those of the prediction type, in its order. A fold that lacks a class still has its column.
    workflow_element_names : sequence of four str
        Stems of the four files.
    """

    name = "feature_extractor_classifier_regressor"

    def __init__(
        self,
        label_names: Iterable[Any],
        workflow_element_names: Sequence[str] = (
            "feature_extractor_clf",
            "classifier",
            "feature_extractor_reg",
            "regressor",
        ),
    ) -> None:
        self.label_names = list(label_names)
        self.element_names = list(workflow_element_names)
        self._extractor_clf = FeatureExtractor(self.element_names[:1])
        self._classifier = Classifier(self.element_names[1:2])
        self._extractor_reg = FeatureExtractor(self.element_names[2:3])
        self._regressor = Regressor(self.element_names[3:])

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> tuple[Any, Any, Any, Any]:
        """Return (extractor, classifier, extractor, regressor), fitted on the rows ``train_is``.

        The extractors always start afresh; classifier and regressor of a ``prev_trained_model`` are handed
        on.

        Parameters
        ----------
        X : DataFrame or ndarray of n_samples rows
        y : ndarray of shape (n_samples, 2), label and value

        Raises
        ------
        SubmissionError
            If a file is missing, fails on import or lacks its class.
        """
        X, y = take_rows(X, train_is), np.asarray(take_rows(y, train_is), dtype=object)
        labels, values = np.array(y[:, 0].tolist()), y[:, 1].astype(float)
        _, previous_clf, _, previous_reg = prev_trained_model or (None,) * 4
        extractor_clf = self._extractor_clf.train_submission(module_path, X, labels)
        features = self._extractor_clf.test_submission(extractor_clf, X)
        classifier = self._classifier.train_submission(
            module_path, features, labels, prev_trained_model=previous_clf
        )
        X = self._with_labels(X, self._one_hot(labels))
        extractor_reg = self._extractor_reg.train_submission(module_path, X, values)
        features = self._extractor_reg.test_submission(extractor_reg, X)
        regressor = self._regressor.train_submission(
            module_path, features, values, prev_trained_model=previous_reg
        )
        return extractor_clf, classifier, extractor_reg, regressor

    def test_submission(self, trained_model: Any, X: Any) -> np.ndarray:
        """Return ndarray of shape (n_samples, n_labels + 1): probabilities, then the value.

        Raises
        ------
        SubmissionError
            If the classifier does not give one probability per label, or the regressor one value, per row.
        """
        extractor_clf, classifier, extractor_reg, regressor = trained_model
        features = self._extractor_clf.test_submission(extractor_clf, X)
        probabilities = self._classifier.test_submission(classifier, features)
        probabilities = _shaped(probabilities, (len(X), len(self.label_names)), self._classifier.file_name)
        X = self._with_labels(X, probabilities)
        values = self._regressor.test_submission(
            regressor, self._extractor_reg.test_submission(extractor_reg, X)
        )
        if np.shape(values) == (len(X), 1):  # a column is meant as well as a row of values
            values = np.ravel(values)
        values = _shaped(values, (len(X),), self._regressor.file_name)
        return np.column_stack([probabilities, values])

    def _one_hot(self, labels: np.ndarray) -> np.ndarray:
        return (labels[:, None] == np.array(self.label_names)).astype(float)

    def _with_labels(self, X: Any, probabilities: np.ndarray) -> Any:
        if hasattr(X, "assign"):
            return X.assign(
                **{str(label): probabilities[:, column] for column, label in enumerate(self.label_names)}
            )
        return np.column_stack([X, probabilities])


class DrugSpectra:
    """``feature_extractor_classifier_regressor`` as RAMP has it: the labels are those of the truth.

    In a fold that lacks a class there is no column for it; give :class:`FeatureExtractorClassifierRegressor`
    the labels where that may happen.

    Parameters
    ----------
    workflow_element_names : sequence of four str
        Stems of the four files.
    """

    name = "drug_spectra"

    def __init__(
        self,
        workflow_element_names: Sequence[str] = (
            "feature_extractor_clf",
            "classifier",
            "feature_extractor_reg",
            "regressor",
        ),
    ) -> None:
        self.element_names = list(workflow_element_names)

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> tuple[list[Any], Any]:
        """Return (labels, parts), the parts as :class:`FeatureExtractorClassifierRegressor` trains them.

        Raises
        ------
        SubmissionError
            If a file is missing, fails on import or lacks its class.
        """
        labels = sorted(set(np.asarray(y, dtype=object)[:, 0]))
        previous = None if prev_trained_model is None else prev_trained_model[1]
        return labels, self._with(labels).train_submission(module_path, X, y, train_is, previous)

    def test_submission(self, trained_model: Any, X: Any) -> np.ndarray:
        """Return ndarray of shape (n_samples, n_labels + 1): probabilities, then the value.

        Raises
        ------
        SubmissionError
            If the classifier does not give one probability per label, or the regressor one value, per row.
        """
        labels, parts = trained_model
        return self._with(labels).test_submission(parts, X)

    def _with(self, labels: list[Any]) -> FeatureExtractorClassifierRegressor:
        return FeatureExtractorClassifierRegressor(labels, self.element_names)


def _shaped(y_pred: Any, expected: tuple[int, ...], file_name: str) -> np.ndarray:
    y_pred = np.asarray(y_pred, dtype=float)
    if y_pred.shape != expected:
        raise SubmissionError(
            f"Expected {file_name} to predict an array of shape {expected}, got {y_pred.shape}. "
            "Return one row per row of X, and one probability per class even if a class is rare.",
            step="validating",
            code=ErrorCode.bad_output,
        )
    return y_pred
