"""Scores of predicted labels: the class with the largest probability, the first one on ties.

As arrays they take label indices, int, shape (n_samples,). Classes are counted as scikit-learn does.
"""

from typing import Any, SupportsFloat

import numpy as np

from databoard.scoring.score_types.base import ScoreType


class _LabelScoreType(ScoreType):
    minimum, maximum = 0.0, 1.0

    def _arrays(self, ground_truths: Any, predictions: Any) -> tuple[Any, Any]:
        return ground_truths.y_pred_label_index, predictions.y_pred_label_index


class Accuracy(_LabelScoreType):
    """Share of samples whose predicted label is right; higher is better, in [0, 1]."""

    is_lower_the_better = False
    name = "accuracy"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        return np.mean(y_true == y_pred)


class ClassificationError(_LabelScoreType):
    """Share of samples whose predicted label is wrong; lower is better, in [0, 1]."""

    is_lower_the_better = True
    name = "classification error"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        return np.mean(y_true != y_pred)


class BalancedAccuracy(_LabelScoreType):
    """Mean recall over the classes in the truth; higher is better.

    Parameters
    ----------
    name, precision : see :class:`ScoreType`
    adjusted : bool
        Rescale so that guessing scores 0 and perfection 1: (b - 1/C) / (1 - 1/C) with C classes. Worse
        than guessing is then negative, down to -1/(C - 1), although ``minimum`` says 0, as in RAMP.

    Raises
    ------
    KitError
        If adjusted and the truth holds one class only.
    """

    is_lower_the_better = False
    name = "balanced_accuracy"

    def __init__(
        self, name: "str | None" = None, precision: "int | None" = None, adjusted: bool = True
    ) -> None:
        super().__init__(name, precision)
        self.adjusted = adjusted

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        n_right, n_true, _ = _counts(y_true, y_pred)
        is_true = n_true > 0
        balanced, chance = np.mean(n_right[is_true] / n_true[is_true]), 1 / np.count_nonzero(is_true)
        if not self.adjusted:
            return balanced
        if chance == 1:
            self._refuse_truth("adjusting for chance needs two classes, the truth holds one")
        return (balanced - chance) / (1 - chance)


class MacroAveragedRecall(_LabelScoreType):
    """Mean recall over all classes in truth or predictions; higher is better, in [0, 1].

    A class that is predicted but never true has recall 0, which is what distinguishes this score from
    :class:`BalancedAccuracy`.
    """

    is_lower_the_better = False
    name = "accuracy"  # RAMP's default; give it another name beside Accuracy

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        n_right, n_true, _ = _counts(y_true, y_pred)
        return np.mean(n_right / np.maximum(n_true, 1))


class F1Above(_LabelScoreType):
    """Share of the classes whose F1 is greater than a threshold; higher is better, in [0, 1].

    A class counts if it occurs in the truth or in the predictions. If it occurs in only one of them, its F1 is 0.

    Parameters
    ----------
    name, precision : see :class:`ScoreType`
    threshold : float in [0, 1)
    """

    is_lower_the_better = False
    name = "f1_above"

    def __init__(
        self, name: "str | None" = None, precision: "int | None" = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name, precision)
        self.threshold = threshold

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        n_right, n_true, n_predicted = _counts(y_true, y_pred)
        return np.mean(2 * n_right / (n_true + n_predicted) > self.threshold)


def _counts(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per class in truth or predictions: rightly predicted, true, predicted samples."""
    classes = np.union1d(y_true, y_pred)
    is_true, is_predicted = classes[:, None] == y_true, classes[:, None] == y_pred
    return (is_true & is_predicted).sum(axis=1), is_true.sum(axis=1), is_predicted.sum(axis=1)
