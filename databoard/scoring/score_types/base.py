"""The contract of a score type."""

import math
from typing import Any, NoReturn, SupportsFloat

import numpy as np

from databoard.errors import KitError, PredictionError


class ScoreType:
    """A number that says how good predictions are.

    A subclass states its direction and bounds as class attributes and computes one number in ``_score``
    from arrays that were already checked. Its docstring tells direction, bounds, and what happens with
    ties and with truths it cannot score. It may be called in two ways::

        score_type.score_function(truths, predictions)   # two Predictions objects, as RAMP does
        score_type(y_true, y_pred)                       # two arrays

    Parameters
    ----------
    name : str, optional
        Name in tables; the class has a default.
    precision : int, optional
        Digits after the point in tables; the class has a default.

    Attributes
    ----------
    is_lower_the_better : bool
    minimum, maximum : float
        Bounds; an infinite one is never reached.
    worst : float
        ``maximum`` if lower is better, else ``minimum``.

    Raises
    ------
    PredictionError
        On a call: lengths differ, there is no sample, a prediction is NaN or infinite, or the score
        overflows.
    KitError
        On a call: the truth does not allow this score, for example a relative error of a zero.
    """

    is_lower_the_better: bool
    minimum: float
    maximum: float
    name: str
    precision: int = 2

    def __init__(self, name: "str | None" = None, precision: "int | None" = None) -> None:
        self.name = self.name if name is None else name
        self.precision = self.precision if precision is None else precision

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, precision={self.precision})"

    @property
    def worst(self) -> float:
        """The bound that no submission can fall below."""
        return self.maximum if self.is_lower_the_better else self.minimum

    def score_function(self, ground_truths: Any, predictions: Any) -> float:
        """Return the score of a ``Predictions`` object against the truth."""
        return self(*self._arrays(ground_truths, predictions))

    def __call__(self, y_true: Any, y_pred: Any) -> float:
        """Return the score of an array against the truth, a float."""
        y_true, y_pred = _numbers(y_true), np.asarray(y_pred)
        self._check(y_true, y_pred)
        with np.errstate(over="ignore", invalid="ignore"):  # overflow is reported below
            score = float(self._score(y_true, y_pred))
        if not math.isfinite(score):
            # These may be hidden rows: no figure here, the predictions could carry them out in it.
            raise PredictionError(
                f"The {self.name} of these predictions is too large for a number. "
                "Return values of a sensible size."
            )
        return score

    def _arrays(self, ground_truths: Any, predictions: Any) -> tuple[Any, Any]:
        return ground_truths.y_pred, predictions.y_pred

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        raise NotImplementedError

    def _check(self, y_true: np.ndarray, y_pred: np.ndarray) -> None:
        if not len(y_true):
            raise PredictionError(f"There is no sample to compute the {self.name} on. Expected at least one.")
        if y_true.shape != y_pred.shape:
            raise PredictionError(
                f"Expected predictions of shape {y_true.shape}, got {y_pred.shape}. "
                "Return one row per sample, in the order of X."
            )
        if y_pred.dtype.kind not in "fiub" or not np.isfinite(y_pred).all():
            raise PredictionError("Expected finite predictions, got NaN, infinite or non-numeric ones.")
        if not np.isfinite(y_true).all():
            self._refuse_truth("the truth holds NaN or infinite values")

    def _refuse_truth(self, reason: str) -> NoReturn:
        raise KitError(
            f"{self.name} cannot be computed: {reason}. Choose another score type or another split."
        )


def _numbers(y_true: Any) -> np.ndarray:
    """Return the truth as an array, of float where a table of labels and numbers made it one of objects."""
    y_true = np.asarray(y_true)
    return y_true.astype(float) if y_true.dtype.kind == "O" else y_true
