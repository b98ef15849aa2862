"""What all prediction types share, and the check of what a submission returned.

A ``Predictions`` object wraps one array ``y_pred``. A row that no fold predicted is NaN, so that folds
can be bagged: start from ``Predictions(n_samples=n)``, set each fold's rows, ``combine``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from databoard.errors import KitError, PredictionError
from databoard.scoring.contract import Predictions
from databoard.scoring.prediction_types.forms import form_of, is_packed, unpacked


class BasePrediction:
    """Predictions or truth of one set of samples.

    Attributes
    ----------
    y_pred : ndarray of float, (n_samples,) or (n_samples, n_columns)
        NaN where nothing was predicted.
    n_columns : int
        0 when ``y_pred`` is one-dimensional.
    label_names : list
        Classes or targets, in the order of the columns.
    probability_columns : tuple of int
        Columns that hold probabilities, which are never negative.
    """

    label_names: "Sequence[Any]" = ()
    probability_columns: "tuple[int, ...]" = ()
    n_columns = 0
    n_columns_true = 0

    def __init__(
        self, y_pred: Any = None, y_true: Any = None, n_samples: "int | None" = None, fold_is: Any = None
    ) -> None:
        if y_pred is not None:
            self.y_pred = np.array(_rows(y_pred, fold_is))
        elif y_true is not None:
            self.y_pred = self._from_truth(_rows(y_true, fold_is))
            self._check_truth()
        elif n_samples is not None:
            shape = (n_samples, self.n_columns) if self.n_columns else (n_samples,)
            self.y_pred = np.full(shape, np.nan)
        else:
            raise ValueError("Expected y_pred, y_true or n_samples; got none of them.")
        _check_shape(type(self), self.y_pred.shape, len(self.y_pred), self.n_columns)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(y_pred of shape {self.y_pred.shape})"

    def _from_truth(self, y_true: Any) -> np.ndarray:
        return np.array(y_true)

    def _check_truth(self) -> None:
        expected = (len(self.y_pred), self.n_columns) if self.n_columns else (len(self.y_pred),)
        if self.y_pred.shape != expected:
            raise KitError(
                f"Expected truths of shape {expected}, got {self.y_pred.shape}. "
                "Make y of get_train_data and get_test_data agree with the label_names of Predictions."
            )

    @property
    def valid_indexes(self) -> np.ndarray:
        """Boolean ndarray of shape (n_samples,): rows that hold a prediction."""
        return ~np.isnan(self.y_pred if self.y_pred.ndim == 1 else self.y_pred[:, 0])

    def set_valid_in_train(self, predictions: Any, test_is: Any) -> None:
        """Copy the predictions of one fold, already cut to ``test_is``, into those rows."""
        self.y_pred[test_is] = predictions.y_pred

    def set_slice(self, valid_indexes: Any) -> None:
        """Keep only these rows."""
        self.y_pred = self.y_pred[valid_indexes]

    @classmethod
    def combine(
        cls, predictions_list: Sequence[Any], index_list: "Sequence[int] | None" = None
    ) -> "BasePrediction":
        """Average predictions of the same samples, ignoring NaN.

        Parameters
        ----------
        predictions_list : sequence of Predictions
        index_list : sequence of int, optional
            Which ones, repeats count; all when ``None``.

        Returns
        -------
        Predictions
            NaN in rows that none of them predicted.
        """
        index_list = range(len(predictions_list)) if index_list is None else index_list
        stack = np.array([cls._averageable(predictions_list[i].y_pred) for i in index_list], dtype=float)
        is_there = ~np.isnan(stack)
        with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN of a row without predictions
            return cls(y_pred=np.where(is_there, stack, 0.0).sum(axis=0) / is_there.sum(axis=0))

    @staticmethod
    def _averageable(y_pred: np.ndarray) -> np.ndarray:
        return y_pred


def check_predictions(
    predictions_class: type[Predictions], y_pred: Any, n_samples: int, *, step: str = "testing"
) -> np.ndarray:
    """Check what a submission returned for ``n_samples`` samples and return it as an array of float.

    Parameters
    ----------
    predictions_class : type
        ``problem.Predictions``, ours or RAMP's.
    y_pred : array-like
        Lists of objects as :func:`forms.packed` packs them.
    n_samples : int
    step : str
        ``validating`` or ``testing``, for the error; that of ``testing`` quotes nothing of the predictions,
        which could carry the hidden rows out.

    Returns
    -------
    ndarray of float64, (n_samples,) or (n_samples, n_columns); of lists, (n_samples,), for types that hold them

    Raises
    ------
    PredictionError
        If the shape is wrong, a value is NaN or infinite, or a probability is negative. Probabilities
        need not sum to one: combining clips and normalises them.
    """
    try:
        y_pred = np.asarray(y_pred)
    except ValueError as error:  # rows of different lengths
        raise PredictionError(
            f"Expected an array, got rows that do not fit one. Return {_advice(predictions_class)}.",
            step=step,
        ) from error
    form = form_of(predictions_class)
    if not form.is_lists:
        _check_shape(predictions_class, y_pred.shape, n_samples, sum(form.row_shape), step)
    elif not is_packed(y_pred.shape, n_samples):
        raise PredictionError(f"Expected a list of objects for each of {n_samples} rows.", step=step)
    if y_pred.dtype.kind not in "fiub":
        got = "another type" if step == "testing" else f"type {y_pred.dtype}"
        raise PredictionError(
            f"Expected numbers, got an array of {got}. Return {_advice(predictions_class)}.", step=step
        )
    with np.errstate(over="ignore"):  # a long double may become infinite, which the next line reports
        y_pred = y_pred.astype(float)
    _check_values(predictions_class, y_pred, step)
    return unpacked(y_pred) if form.is_lists else y_pred


def probability_columns(predictions_class: type[Predictions]) -> tuple[int, ...]:
    """Return the columns of ``y_pred`` that hold probabilities, which are never negative."""
    return form_of(predictions_class).probability_columns


def _check_values(predictions_class: type[Predictions], y_pred: np.ndarray, step: str) -> None:
    n_bad = int(np.count_nonzero(~np.isfinite(y_pred)))
    if n_bad:
        raise PredictionError(
            f"Expected finite predictions, got {_many(n_bad, y_pred, step)} that are NaN or infinite. "
            "Check for missing values or a division by zero.",
            step=step,
        )
    probabilities = y_pred[..., list(probability_columns(predictions_class))]
    n_negative = int(np.count_nonzero(probabilities < 0))
    if n_negative:
        lowest = "" if step == "testing" else f" (the lowest is {probabilities.min():.3g})"
        raise PredictionError(
            f"Expected probabilities of at least 0, got {_many(n_negative, probabilities, step)} that are negative"
            f"{lowest}. Return {_advice(predictions_class)}.",
            step=step,
        )


def _many(n_values: int, y_pred: np.ndarray, step: str) -> str:
    return "some" if step == "testing" else f"{n_values} of {y_pred.size}"


def _check_shape(
    predictions_class: type[Predictions],
    shape: tuple[int, ...],
    n_samples: int,
    n_columns: int,
    step: str = "testing",
) -> None:
    expected = (n_samples, n_columns) if n_columns else (n_samples,)
    if shape != expected:
        got = "another shape" if step == "testing" else shape
        raise PredictionError(
            f"Expected predictions of shape {expected}, got {got}. Return {_advice(predictions_class)}.",
            step=step,
        )


def _advice(predictions_class: type[Predictions]) -> str:
    form = form_of(predictions_class)
    n_columns, n_probabilities = sum(form.row_shape), len(form.probability_columns)
    if n_probabilities == n_columns > 0:
        return "one probability per class from predict_proba"
    if n_probabilities:
        return f"rows of {n_columns} numbers, {n_probabilities} of them probabilities"
    if n_columns:
        return f"one row of {n_columns} numbers per sample from predict"
    return "one number per sample from predict"


def _rows(values: Any, fold_is: Any) -> Any:
    return values if fold_is is None else values[fold_is]
