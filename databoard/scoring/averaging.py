"""Averages of predictions as running sums, for prediction types that average by the mean.

The plain way, ``Predictions.combine`` of the whole multiset, is always right; a running sum is the same numbers
only if ``combine`` is a mean. That is told by where ``combine`` comes from: a kit's own one is never guessed at.
"""

from collections.abc import Callable

import numpy as np

from databoard.scoring.contract import Predictions
from databoard.scoring.prediction_types import BasePrediction
from databoard.scoring.prediction_types.multiclass import normalise

#: What ``combine`` does to one array before it takes the mean.
Averageable = Callable[[np.ndarray], np.ndarray]


def averageable_of(predictions_class: type[Predictions]) -> Averageable | None:
    """Return what ``combine`` does to one model's array before it takes the plain mean.

    Parameters
    ----------
    predictions_class : type
        ``problem.Predictions``, ours, RAMP's or a kit's own.

    Returns
    -------
    callable or None
        From array to array; ``None`` when ``combine`` is not known to be a mean.
    """
    combine = getattr(predictions_class.combine, "__func__", None)
    if issubclass(predictions_class, BasePrediction) and combine is _OURS:
        return predictions_class._averageable
    return _RAMP.get((getattr(combine, "__module__", ""), getattr(combine, "__qualname__", "")))


class RunningMean:
    """The mean of a multiset of arrays that grows one by one.

    Adds in the order of the multiset, as the plain mean does, so that both are equal to the last bit.
    """

    def __init__(self) -> None:
        self._sum: np.ndarray | float = 0.0
        self._n = 0

    def add(self, array: np.ndarray) -> None:
        """Take one more array into the multiset."""
        self._sum, self._n = self._sum + array, self._n + 1

    def with_each(self, arrays: np.ndarray) -> np.ndarray:
        """Return for each array the mean that adding it alone would give; same shape as ``arrays``."""
        means = self._sum + arrays
        means /= self._n + 1
        return means


def _ramp_multiclass(y_pred: np.ndarray) -> np.ndarray:
    return normalise(np.asarray(y_pred, dtype=float))


def _as_it_is(y_pred: np.ndarray) -> np.ndarray:
    return y_pred


_OURS = getattr(BasePrediction.combine, "__func__")  # noqa: B009
#: ``combine`` of ramp-workflow 0.4 to 0.7, by module and name.
_RAMP = {
    ("rampwf.prediction_types.base", "BasePrediction.combine"): _as_it_is,
    ("rampwf.prediction_types.multiclass", "_combine"): _ramp_multiclass,
}
