"""Scores of predicted class probabilities."""

from typing import Any, SupportsFloat

import numpy as np

from databoard.scoring.prediction_types.multiclass import normalise
from databoard.scoring.score_types.base import ScoreType


class NegativeLogLikelihood(ScoreType):
    """Mean negative logarithm of the probability given to the true class; lower is better, in [0, inf).

    Rows are clipped to [1e-15, 1 - 1e-15] and normalised first, so a single sample never costs more than
    34.6. With k true labels in a row, each weighs 1/k. As arrays: shape (n_samples, n_classes).
    """

    is_lower_the_better = True
    minimum, maximum = 0.0, float("inf")
    name = "negative log likelihood"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        return -np.mean(np.sum(y_true * np.log(normalise(y_pred)), axis=1))


class _SecondClassScoreType(ScoreType):
    """Binary: the probability of the second class against 0 or 1; as arrays, shape (n_samples,)."""

    minimum, maximum = 0.0, 1.0

    def _arrays(self, ground_truths: Any, predictions: Any) -> tuple[Any, Any]:
        n_classes = predictions.y_pred.shape[-1]
        if n_classes != 2:
            self._refuse_truth(f"it needs two classes, the problem has {n_classes}")
        return ground_truths.y_pred_label_index, predictions.y_pred[:, 1]


class ROCAUC(_SecondClassScoreType):
    """Area under the ROC curve of the second class; higher is better, in [0, 1], guessing gives 0.5.

    It is the chance that a sample of the second class gets a higher probability than one of the first;
    equal probabilities count one half.

    Raises
    ------
    KitError
        If the problem has not two classes, or the truth holds only one of them.
    """

    is_lower_the_better = False
    name = "roc_auc"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        n_second = np.count_nonzero(y_true)
        n_first = len(y_true) - n_second
        if not n_first or not n_second:
            self._refuse_truth("it needs samples of both classes, this part of the data holds one")
        _, place, repeats = np.unique(y_pred, return_inverse=True, return_counts=True)
        mean_rank = np.cumsum(repeats) - (repeats - 1) / 2  # tied values share their mean rank, from 1
        rank_sum = mean_rank[place][y_true == 1].sum()
        return (rank_sum - n_second * (n_second + 1) / 2) / (n_first * n_second)


class BrierScore(_SecondClassScoreType):
    """Mean squared distance of the second class's probability to 0 or 1; lower is better, in [0, 1].

    Raises
    ------
    KitError
        If the problem has not two classes.
    """

    is_lower_the_better = True
    name = "brier_score"
    precision = 3

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        return np.mean((np.clip(y_pred, 0, 1) - y_true) ** 2)
