"""Scores of probability forecasts: calibration, sharpness, ranking, near misses."""

from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from databoard.errors import KitError
from databoard.scoring.score_types.base import ScoreType
from databoard.scoring.score_types.probability import _SecondClassScoreType


class BrierSkillScore(_SecondClassScoreType):
    """Brier score against that of the base rate; higher is better, in [-1, 1] as a rule.

    1 - BS / BS(base rate): 1 is perfect, 0 as good as always forecasting the share of the second class in
    the truth. Forecasts far worse than that fall below ``minimum``, as in RAMP.

    Raises
    ------
    KitError
        If the problem has not two classes, or the truth holds only one of them.
    """

    is_lower_the_better = False
    minimum = -1.0
    name = "brier_score"  # RAMP's default; give it another name beside BrierScore
    precision = 3

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        reference = _base_variance(self, y_true)
        return 1 - np.mean((np.clip(y_pred, 0, 1) - y_true) ** 2) / reference


class _BinnedScoreType(_SecondClassScoreType):
    name = "brier_score"  # RAMP's default; give it another name beside BrierScore
    precision = 3

    def __init__(
        self, name: "str | None" = None, precision: "int | None" = None, bins: "ArrayLike | None" = None
    ) -> None:
        super().__init__(name, precision)
        self.bins = np.arange(12) / 10 if bins is None else np.asarray(bins, dtype=float)
        if self.bins.ndim != 1 or len(self.bins) < 2 or not (np.diff(self.bins) > 0).all():
            raise KitError(f"{self.name} needs at least two rising edges of bins, got {bins!r}.")
        if self.bins[0] > 0 or self.bins[-1] <= 1:
            raise KitError(f"{self.name} needs bins from 0 or below to above 1, got {bins!r}.")

    def _binned(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return per bin that holds a forecast: its centre, samples, share of the second class."""
        n_bins = len(self.bins) - 1
        place = np.digitize(np.clip(y_pred, 0, 1), self.bins) - 1
        n_samples = np.bincount(place, minlength=n_bins)
        n_second = np.bincount(place, weights=y_true, minlength=n_bins)
        centres = np.clip((self.bins[1:] + self.bins[:-1]) / 2, 0, 1)
        is_there = n_samples > 0
        return centres[is_there], n_samples[is_there], n_second[is_there] / n_samples[is_there]


class BrierScoreReliability(_BinnedScoreType):
    """Squared distance of forecast to observed frequency, over bins; lower is better, in [0, 1].

    sum n_b (centre_b - frequency_b)^2 / n over the bins b, after A. H. Murphy, 1973. A bin holds its lower
    edge, not its upper one; centres are cut to [0, 1], so that the last bin, which holds certainty, stands
    for 1. RAMP takes 0.005 as the centre of every bin by mistake; here it is the middle.

    Parameters
    ----------
    name, precision : see :class:`ScoreType`
    bins : sequence of float, optional
        Edges, rising, from 0 to above 1; 0, 0.1, ... 1.1 by default.

    Raises
    ------
    KitError
        If the bins are wrong, or the problem has not two classes.
    """

    is_lower_the_better = True

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        centres, n_samples, frequencies = self._binned(y_true, y_pred)
        return np.sum(n_samples * (centres - frequencies) ** 2) / len(y_true)


class BrierScoreResolution(_BinnedScoreType):
    """How far the frequencies in the bins differ from the base rate; higher is better, in [0, 1].

    sum n_b (frequency_b - base)^2 / n / (base (1 - base)): the share of the variance of the truth that the
    bins explain.

    Parameters
    ----------
    name, precision, bins : see :class:`BrierScoreReliability`

    Raises
    ------
    KitError
        If the bins are wrong, the problem has not two classes, or the truth holds only one of them.
    """

    is_lower_the_better = False

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        variance = _base_variance(self, y_true)
        _, n_samples, frequencies = self._binned(y_true, y_pred)
        return np.sum(n_samples * (frequencies - np.mean(y_true)) ** 2) / len(y_true) / variance


class NormalizedGini(_SecondClassScoreType):
    """Gini coefficient of the ranking by the second class's probability; higher is better, in [-1, 1].

    Divided by that of the best ranking; without ties 2 AUC - 1. Of equal probabilities the sample that
    comes first counts as ranked first, as in RAMP.

    Raises
    ------
    KitError
        If the problem has not two classes, or the truth holds only one of them.
    """

    is_lower_the_better = False
    minimum = -1.0
    name = "normalized_gini"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        _base_variance(self, y_true)
        return _gini(y_true, y_pred) / _gini(y_true, y_true)


class SoftAccuracy(ScoreType):
    """Mean credit of a forecast, which nearly right classes earn in part; higher is better, in [0, max].

    The probabilities p of a row, cut to [0, 1] and divided by their sum, earn sum_ij y_i M_ij p_j; a row of
    zeros earns nothing. As arrays: shape (n_samples, n_classes).

    Parameters
    ----------
    score_matrix : array-like of shape (n_classes, n_classes), not negative
        M_ij is the credit of class j when class i is true. Its maximum is the best score.
    name, precision : see :class:`ScoreType`

    Raises
    ------
    KitError
        If the matrix is not square, holds a negative credit or none that is positive, or has another number
        of classes than the predictions.
    """

    is_lower_the_better = False
    minimum = 0.0
    name = "soft precision"

    def __init__(
        self, score_matrix: ArrayLike, name: "str | None" = None, precision: "int | None" = None
    ) -> None:
        super().__init__(name, precision)
        self.score_matrix = np.asarray(score_matrix, dtype=float)
        if self.score_matrix.ndim != 2 or len(set(self.score_matrix.shape)) > 1:
            raise KitError(f"{self.name} needs a square score matrix, got shape {self.score_matrix.shape}.")
        if not np.isfinite(self.score_matrix).all() or self.score_matrix.min() < 0:
            raise KitError(f"{self.name} needs a score matrix of finite credits of at least 0.")
        self.maximum = float(self.score_matrix.max())
        if not self.maximum:
            raise KitError(f"{self.name} needs a score matrix with a credit above 0.")

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        if y_true.ndim != 2 or y_true.shape[1] != len(self.score_matrix):
            n_classes = y_true.shape[1] if y_true.ndim == 2 else 1
            self._refuse_truth(
                f"its matrix has {len(self.score_matrix)} classes, the problem has {n_classes}"
            )
        y_pred = np.clip(y_pred, 0, 1)
        sums = y_pred.sum(axis=1, keepdims=True)
        y_pred = np.divide(y_pred, sums, out=np.zeros_like(y_pred, dtype=float), where=sums > 0)
        return np.mean(np.sum(y_pred * (y_true @ self.score_matrix), axis=1))


def _base_variance(score_type: ScoreType, y_true: np.ndarray) -> float:
    """Return the Brier score of always forecasting the base rate, or refuse a truth of one class."""
    base = np.mean(y_true)
    if base in (0, 1):
        score_type._refuse_truth("it needs samples of both classes, this part of the data holds one")
    return base * (1 - base)


def _gini(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the area between the curve of the share found and chance, best forecasts first."""
    found = np.cumsum(y_true[np.argsort(-y_pred.astype(float), kind="stable")]) / np.sum(y_true)
    return (np.sum(found) - (len(y_true) + 1) / 2) / len(y_true)
