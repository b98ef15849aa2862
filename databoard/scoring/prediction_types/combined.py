"""Several predictions of one sample side by side: a label and a value, for example."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from databoard.errors import KitError
from databoard.scoring.prediction_types.base import BasePrediction


class _Combined(BasePrediction):
    """The columns of several prediction types, one after the other.

    The truth has one column per part whose own truth is one-dimensional (a label, a value), and as many as
    targets for a part with several; mixed columns make it an array of objects. Combining averages the whole
    array as it is: probabilities are not clipped and normalised, as in RAMP.
    """

    parts: "tuple[type[BasePrediction], ...]" = ()

    @property
    def predictions_list(self) -> list[BasePrediction]:
        """The parts as ``Predictions`` objects of their own types, in order."""
        return [
            part(y_pred=self.y_pred[:, columns] if part.n_columns else self.y_pred[:, columns.start])
            for part, columns in zip(self.parts, columns_of(self.parts), strict=True)
        ]

    def _from_truth(self, y_true: Any) -> np.ndarray:
        y_true = np.asarray(y_true, dtype=object)
        if y_true.ndim != 2 or y_true.shape[1] != self.n_columns_true:
            raise KitError(
                f"Expected truths of shape ({len(y_true)}, {self.n_columns_true}), got {y_true.shape}. "
                "Give one column per label or target, in the order of the combined types."
            )
        truths, first = list[np.ndarray](), 0
        for part in self.parts:
            width = part.n_columns_true
            # Lists instead of arrays of objects, so that each part finds the type of its own values.
            column = y_true[:, first : first + width].tolist() if width else y_true[:, first].tolist()
            truths.append(part(y_true=column).y_pred.reshape(len(y_true), -1))
            first += width or 1
        return np.hstack(truths).astype(float)


def make_combined(Predictions_list: Iterable[type[BasePrediction]]) -> type[BasePrediction]:
    """Return a ``Predictions`` class that puts several prediction types side by side.

    Parameters
    ----------
    Predictions_list : sequence of type
        What :func:`make_regression` and :func:`make_multiclass` return, in the order of the columns.

    Returns
    -------
    type
        ``Predictions(y_pred=... | y_true=... | n_samples=..., fold_is=None)``; ``predictions_list`` of an
        object gives its parts.

    Raises
    ------
    KitError
        If there is no part.
    """
    parts = tuple(Predictions_list)
    if not parts:
        raise KitError("make_combined got no prediction type. Give it at least one.")
    spans = columns_of(parts)
    attributes = {
        "parts": parts,
        "label_names": [label for part in parts for label in part.label_names],
        "n_columns": spans[-1].stop,
        "n_columns_true": sum(part.n_columns_true or 1 for part in parts),
        "probability_columns": tuple(
            span.start + column
            for part, span in zip(parts, spans, strict=True)
            for column in part.probability_columns
        ),
    }
    return type("Predictions", (_Combined,), attributes)


def columns_of(parts: Sequence[type[BasePrediction]]) -> list[slice]:
    """Return for each part the slice of the columns it takes."""
    spans, first = [], 0
    for part in parts:
        spans.append(slice(first, first + (part.n_columns or 1)))
        first = spans[-1].stop
    return spans
