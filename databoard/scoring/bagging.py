"""Bagging: average the predictions of several folds, then score the points that a fold predicted.

Used for the folds of one submission and for the fold ensembles of an event. Works through the interface
of ``Predictions`` only, so that a kit may bring a type of its own.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from databoard.scoring.contract import AnyScoreType, Predictions


def bag_prefixes(
    predictions_class: type[Predictions], n_samples: int, parts: Iterable[tuple[Any, Any]]
) -> Iterator[Predictions]:
    """Yield the average of the first 1, 2, ... K parts.

    Parameters
    ----------
    predictions_class : type
        ``problem.Predictions``.
    n_samples : int
        Length of the whole set.
    parts : iterable of (rows, Predictions)
        Rows of the whole set, int64, and the predictions for just those rows. A row may be in several
        parts, or in none.

    Yields
    ------
    Predictions of length ``n_samples``
        A row is the mean over the parts that hold it so far, NaN if none does.
    """
    spread = []
    for rows, predictions in parts:
        whole = predictions_class(n_samples=n_samples)
        whole.set_valid_in_train(predictions, rows)
        spread.append(whole)
        yield predictions_class.combine(spread)


def bag(
    predictions_class: type[Predictions], n_samples: int, parts: Iterable[tuple[Any, Any]]
) -> Predictions:
    """Return the average of all parts, see :func:`bag_prefixes`."""
    *_, bagged = bag_prefixes(predictions_class, n_samples, parts)
    return bagged


def score_covered(
    score_types: Mapping[str, AnyScoreType], truths: Predictions, bagged: Predictions
) -> dict[str, float]:
    """Score the rows that hold a prediction.

    Parameters
    ----------
    score_types : dict of str to ScoreType
    truths, bagged : Predictions of the same length

    Returns
    -------
    dict of str to float

    Raises
    ------
    PredictionError
        If no row holds a prediction.
    """
    covered = bagged.valid_indexes
    truths, bagged = _cut(truths, covered), _cut(bagged, covered)
    return {name: score_type.score_function(truths, bagged) for name, score_type in score_types.items()}


def _cut(predictions: Predictions, rows: np.ndarray) -> Predictions:
    # Deep: set_slice of a combined type may cut the parts, which a shallow copy shares.
    part = copy.deepcopy(predictions)
    part.set_slice(rows)
    return part
