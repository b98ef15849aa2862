"""Scores of many predictions at once, to the last bit those of ``score_function`` one by one.

Blending scores every candidate at every step. For the usual score types that is one pass over a block of arrays;
any other, and every type that is not ours, is asked one by one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from databoard.scoring.contract import AnyScoreType, Predictions
from databoard.scoring.prediction_types import BasePrediction
from databoard.scoring.prediction_types.combined import _Combined, columns_of
from databoard.scoring.prediction_types.multiclass import EPSILON, _Multiclass
from databoard.scoring.score_types import (
    MARE,
    RMSE,
    Accuracy,
    ClassificationError,
    Combined,
    MakeCombined,
    NegativeLogLikelihood,
    NormalizedRMSE,
    RelativeRMSE,
)

#: From a block of predictions, (n_models, ...), to their scores, (n_models,).
BatchScore = Callable[[np.ndarray], np.ndarray]


def batch_score_of(score_type: AnyScoreType, truths: Predictions) -> BatchScore | None:
    """Return a function from a block of predictions to their scores, or ``None`` if there is no fast one.

    Parameters
    ----------
    score_type : ScoreType
    truths : Predictions

    Returns
    -------
    callable or None
        From float ndarray of shape (n_models, *truths.y_pred.shape), finite, to (n_models,). A score that is
        not finite is to be asked of ``score_function``, which says what is wrong.
    """
    make = _MAKERS.get(type(score_type))
    if make is None or not _is_plain(type(truths)) or not len(truths.y_pred):
        return None
    return make(score_type, truths)


def _is_plain(predictions_class: type[Any]) -> bool:
    """Whether a type belongs to databoard and shows its numbers in the same way."""
    if hasattr(predictions_class, "y_pred"):  # ours set it on the object
        return False
    if issubclass(predictions_class, _Multiclass):
        return predictions_class.y_pred_label_index is _Multiclass.y_pred_label_index
    if issubclass(predictions_class, _Combined):
        return predictions_class.predictions_list is _Combined.predictions_list
    return issubclass(predictions_class, BasePrediction)


def _labels(score_type: Any, truths: Any) -> BatchScore | None:
    if not isinstance(truths, _Multiclass):
        return None
    right = truths.y_pred_label_index
    count = np.equal if isinstance(score_type, Accuracy) else np.not_equal
    return lambda block: count(block.argmax(axis=2), right).mean(axis=1)


def _log_likelihood(score_type: Any, truths: Any) -> BatchScore | None:
    y_true = truths.y_pred
    if not isinstance(truths, _Multiclass) or not (np.sort(y_true, axis=1) == _one_hot_row(y_true)).all():
        return None
    # With one label a row, the sum over classes is the logarithm of one of them.
    rows, label = np.arange(len(y_true)), truths.y_pred_label_index

    def scores(block: np.ndarray) -> np.ndarray:
        clipped = np.clip(block, EPSILON, 1 - EPSILON)
        return -np.log(clipped[:, rows, label] / _row_sums(clipped)).mean(axis=1)

    return scores


def _one_hot_row(y_true: np.ndarray) -> np.ndarray:
    return np.arange(y_true.shape[1]) == y_true.shape[1] - 1


def _row_sums(block: np.ndarray) -> np.ndarray:
    n_columns = block.shape[2]
    if n_columns >= 8:  # from eight on numpy adds in another order than one after the other
        return block.sum(axis=2)
    sums = block[:, :, 0].copy()
    for column in range(1, n_columns):
        sums += block[:, :, column]
    return sums


def _errors(score_type: Any, truths: Any) -> BatchScore | None:
    y_true = truths.y_pred
    if y_true.dtype.kind not in "fiub" or not np.isfinite(y_true).all():
        return None
    is_relative = isinstance(score_type, (RelativeRMSE, MARE))
    deviation = np.std(y_true) if isinstance(score_type, NormalizedRMSE) else None
    if (is_relative and not np.all(y_true)) or deviation == 0:
        return None

    def scores(block: np.ndarray) -> np.ndarray:
        errors = (y_true - block) / y_true if is_relative else y_true - block
        errors = errors.reshape(len(block), -1)
        if isinstance(score_type, MARE):
            return np.mean(np.abs(errors), axis=1)
        root = np.sqrt(np.mean(np.square(errors), axis=1))
        return root if deviation is None else root / deviation

    return scores


def _weighted(score_type: Any, truths: Any) -> BatchScore | None:
    if not isinstance(truths, _Combined) or len(truths.parts) != len(score_type.score_types):
        return None
    found = [_part(one, truths, index) for index, one in enumerate(score_type.score_types)]
    parts = [score for score in found if score is not None]
    if len(parts) < len(found):
        return None
    return lambda block: score_type._weighted([part(block) for part in parts])


def _one_part(score_type: Any, truths: Any) -> BatchScore | None:
    is_there = isinstance(truths, _Combined) and 0 <= score_type.index < len(truths.parts)
    return _part(score_type.score_type, truths, score_type.index) if is_there else None


def _part(score_type: AnyScoreType, truths: Any, index: int) -> BatchScore | None:
    score = batch_score_of(score_type, truths.predictions_list[index])
    if score is None:
        return None
    span = columns_of(truths.parts)[index]
    columns = span if truths.parts[index].n_columns else span.start
    return lambda block: score(np.ascontiguousarray(block[:, :, columns]))


_MAKERS = {
    Accuracy: _labels,
    ClassificationError: _labels,
    Combined: _weighted,
    MARE: _errors,
    MakeCombined: _one_part,
    NegativeLogLikelihood: _log_likelihood,
    NormalizedRMSE: _errors,
    RMSE: _errors,
    RelativeRMSE: _errors,
}
