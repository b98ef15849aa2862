"""Workflow ``feature_extractor_classifier_calibrator``: features, a classifier, then honest probabilities."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from databoard.workflows.classifier import Classifier
from databoard.workflows.feature_extractor import FeatureExtractor
from databoard.workflows.importing import load_name, method_of
from databoard.workflows.rows import take_rows

HELD_OUT = 0.1
SEED = 57


class FeatureExtractorClassifierCalibrator:
    """Fit ``FeatureExtractor``, then ``Classifier``, then ``Calibrator`` on rows that the classifier never saw.

    A stratified tenth of the training rows, drawn with a fixed seed, is held out for the calibrator; the
    extractor is fitted on all of them.

    Parameters
    ----------
    workflow_element_names : sequence of three str
        Stems of the three files.
    """

    name = "feature_extractor_classifier_calibrator"

    def __init__(
        self, workflow_element_names: Sequence[str] = ("feature_extractor", "classifier", "calibrator")
    ) -> None:
        self.element_names = list(workflow_element_names)
        self._extractor = FeatureExtractor(self.element_names[:1])
        self._classifier = Classifier(self.element_names[1:2])
        self._calibrator_file = f"{self.element_names[2]}.py"

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> tuple[Any, Any, Any]:
        """Return the triple (feature extractor, classifier, calibrator) fitted on the rows ``train_is``.

        The classifier of a ``prev_trained_model`` is handed on; the two others start afresh.

        Raises
        ------
        SubmissionError
            If a file is missing, fails on import or lacks its class.
        ValueError
            If a class has too few rows to hold a tenth of them out.
        """
        X, y = take_rows(X, train_is), take_rows(y, train_is)
        fit_is, held_out_is = _held_out(y)
        extractor = self._extractor.train_submission(module_path, X, y)
        features = self._extractor.test_submission(extractor, X)
        previous = None if prev_trained_model is None else prev_trained_model[1]
        model = self._classifier.train_submission(
            module_path, features, y, fit_is, prev_trained_model=previous
        )
        probabilities = self._classifier.test_submission(model, take_rows(features, held_out_is))
        return extractor, model, self._calibrated(module_path, probabilities, take_rows(y, held_out_is))

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return calibrated probabilities, ndarray of shape (n_samples, n_classes)."""
        extractor, model, calibrator = trained_model
        features = self._extractor.test_submission(extractor, X)
        probabilities = self._classifier.test_submission(model, features)
        return method_of(calibrator, "predict_proba", file_name=self._calibrator_file)(probabilities)

    def _calibrated(self, module_path: str | Path, probabilities: Any, y: Any) -> Any:
        Calibrator = load_name(
            module_path,
            self._calibrator_file,
            "Calibrator",
            purpose="class with fit(probabilities, y) and predict_proba(probabilities)",
        )
        calibrator = Calibrator()
        method_of(calibrator, "fit", file_name=self._calibrator_file, step="training")(probabilities, y)
        return calibrator


def _held_out(y: Any) -> Any:
    from sklearn.model_selection import StratifiedShuffleSplit

    split = StratifiedShuffleSplit(n_splits=1, test_size=HELD_OUT, random_state=SEED)
    return next(split.split([0] * len(y), y))
