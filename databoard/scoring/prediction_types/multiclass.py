"""Class probabilities: ``y_pred`` has one column per label."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from databoard.errors import KitError
from databoard.scoring.prediction_types.base import BasePrediction

#: Probabilities are clipped to [EPSILON, 1 - EPSILON] before they are averaged or logged, as in RAMP.
EPSILON = 1e-15
#: Kinds of arrays that hold one plain label in each row: bool, int, float, text. An object may be a list of labels.
_PLAIN_KINDS = "biufU"


class _Multiclass(BasePrediction):
    """Probabilities of classes; the truth is one label per sample, or a list of k labels worth 1/k each."""

    @property
    def y_pred_label_index(self) -> np.ndarray:
        """Column of the largest probability, the first on ties; ndarray of int, (n_samples,)."""
        return np.argmax(self.y_pred, axis=1)

    @property
    def y_pred_label(self) -> np.ndarray:
        """Predicted label names; ndarray of shape (n_samples,)."""
        return np.array(self.label_names)[self.y_pred_label_index]

    def _from_truth(self, y_true: Any) -> np.ndarray:
        column_of = {label: column for column, label in enumerate(self.label_names)}
        label_type = type(self.label_names[0])
        y_pred = np.zeros((len(y_true), self.n_columns))
        if isinstance(y_true, np.ndarray) and y_true.ndim == 1 and y_true.dtype.kind in _PLAIN_KINDS:
            # Each label is looked up once: a loop over 100,000 rows takes as long as a small fit.
            distinct, places = np.unique(y_true, return_inverse=True)
            columns = [_column(column_of, label_type(label)) for label in distinct]
            y_pred[np.arange(len(y_true)), np.array(columns, dtype=np.intp)[places]] = 1.0
            return y_pred
        for row, labels in zip(y_pred, y_true, strict=True):
            labels = labels if isinstance(labels, (np.ndarray, list)) else [labels]
            for label in labels:
                row[_column(column_of, label_type(label))] = 1.0 / len(labels)
        return y_pred

    @staticmethod
    def _averageable(y_pred: np.ndarray) -> np.ndarray:
        return normalise(y_pred)


def normalise(probabilities: np.ndarray) -> np.ndarray:
    """Clip to [1e-15, 1 - 1e-15] and divide each row by its sum; NaN rows stay NaN, zero rows get uniform."""
    clipped = np.clip(probabilities, EPSILON, 1 - EPSILON)
    return clipped / clipped.sum(axis=1, keepdims=True)


def make_multiclass(label_names: Iterable[Any] = ()) -> type[BasePrediction]:
    """Return a ``Predictions`` class for classification into ``label_names``.

    Parameters
    ----------
    label_names : sequence
        All of one type. Column i of ``y_pred`` is the probability of label i, so give them in the order
        of scikit-learn's ``classes_``: sorted.

    Returns
    -------
    type
        ``Predictions(y_pred=... | y_true=... | n_samples=..., fold_is=None)``
    """
    label_names = list(label_names)
    n_columns = len(label_names)
    attributes = {
        "label_names": label_names,
        "n_columns": n_columns,
        "probability_columns": tuple(range(n_columns)),
    }
    return type("Predictions", (_Multiclass,), attributes)


def _column(column_of: dict[Any, int], label: Any) -> int:
    if label not in column_of:
        raise KitError(f"Expected labels among {list(column_of)}, got {label!r}. Complete label_names.")
    return column_of[label]
