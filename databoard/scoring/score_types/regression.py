"""Scores of predicted values: lower is better, from 0 (perfect), unbounded.

As arrays they take float of shape (n_samples,) or (n_samples, n_targets); several targets are averaged.
"""

from typing import Any, SupportsFloat

import numpy as np

from databoard.scoring.score_types.base import ScoreType


class _ErrorScoreType(ScoreType):
    is_lower_the_better = True
    minimum, maximum = 0.0, float("inf")


class _RelativeScoreType(_ErrorScoreType):
    def _relative_error(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        if not np.all(y_true):
            self._refuse_truth("it divides by the target, and the target holds zeros")
        return (y_true - y_pred) / y_true


class RMSE(_ErrorScoreType):
    """Root mean squared error, in the unit of the target; lower is better, in [0, inf)."""

    name = "rmse"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        return _root_mean_square(y_true - y_pred)


class NormalizedRMSE(_ErrorScoreType):
    """RMSE divided by the standard deviation of the target; lower is better, in [0, inf).

    Predicting the mean gives 1.

    Raises
    ------
    KitError
        If the target is constant.
    """

    name = "rmse"  # RAMP's default; give it another name beside RMSE

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        deviation = np.std(y_true)
        if not deviation:
            self._refuse_truth("it divides by the standard deviation of the target, and that is zero")
        return _root_mean_square(y_true - y_pred) / deviation


class RelativeRMSE(_RelativeScoreType):
    """Root mean squared relative error; lower is better, in [0, inf).

    Raises
    ------
    KitError
        If a target is zero.
    """

    name = "rmse"  # RAMP's default; give it another name beside RMSE

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        return _root_mean_square(self._relative_error(y_true, y_pred))


class MARE(_RelativeScoreType):
    """Mean absolute relative error; lower is better, in [0, inf).

    Raises
    ------
    KitError
        If a target is zero.
    """

    name = "mare"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        return np.mean(np.abs(self._relative_error(y_true, y_pred)))


def _root_mean_square(errors: np.ndarray) -> np.floating[Any]:
    return np.sqrt(np.mean(np.square(errors)))
