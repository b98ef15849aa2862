"""All scores of one submission, from its predictions on every fold.

Called by the scorer. Predictions are checked here once more, because the bytes came out of the jail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from databoard.scoring.bagging import bag_prefixes, score_covered
from databoard.scoring.contract import AnyFold, AnyRun, AnyScoreType, Predictions
from databoard.scoring.prediction_types import check_predictions

#: Truths and predictions; ``None`` without a test truth.
Pair = tuple["Predictions | None", "Predictions | None"]
#: Scores of the training, validation and test part.
Triple = tuple[float, float, "float | None"]


@dataclass(frozen=True, eq=False)
class FoldPredictions:
    """What a submission predicted on one fold.

    Attributes
    ----------
    number : int
    y_pred_train : ndarray of shape (n_train,) or (n_train, n_columns)
        For the whole training set: the rows of the fold's training and validation parts, and any other.
    y_pred_test : ndarray of shape (n_test,) or (n_test, n_columns), or None
        For the hidden test set; ``None`` when the problem has no test truth.
    """

    number: int
    y_pred_train: np.ndarray
    y_pred_test: np.ndarray | None


@dataclass(frozen=True)
class ScoreSummary:
    """One score type over the folds of a submission; test values are ``None`` without a test truth.

    Attributes
    ----------
    valid_bag, test_bag : float
        Score of the predictions averaged over all K folds.
    valid_bags, test_bags : tuple of K float
        Learning curve: the same after the first 1, 2, ... K folds.
    train_mean, train_std, valid_mean, valid_std, test_mean, test_std : float
        Mean and population standard deviation (ddof 0) of the scores of the single folds.
    """

    valid_bag: float
    test_bag: float | None
    valid_bags: tuple[float, ...]
    test_bags: tuple[float | None, ...]
    train_mean: float
    train_std: float
    valid_mean: float
    valid_std: float
    test_mean: float | None
    test_std: float | None


@dataclass(frozen=True)
class SubmissionScores:
    """Scores of a submission, unrounded.

    Attributes
    ----------
    by_fold : dict of fold number to dict of score name to (train, valid, test)
    summary : dict of score name to ScoreSummary
    """

    by_fold: dict[int, dict[str, tuple[float, float, float | None]]]
    summary: dict[str, ScoreSummary]


def score_folds(
    *,
    predictions_class: type[Predictions],
    score_types: Mapping[str, AnyScoreType],
    y_train: Any,
    y_test: Any,
    folds: Sequence[AnyFold],
    predictions: Sequence[AnyRun],
) -> SubmissionScores:
    """Score the predictions of a submission on its folds, singly and bagged.

    Parameters
    ----------
    predictions_class : type
        ``problem.Predictions``.
    score_types : dict of str to ScoreType
        By the name that the event shows.
    y_train, y_test : ndarray
        Truths; ``y_test`` may be ``None``.
    folds : sequence of Fold
    predictions : sequence of FoldPredictions
        One of each fold, in any order; bagging follows the order of ``folds``.

    Raises
    ------
    PredictionError
        If predictions have a wrong shape, or values that cannot be scored.
    ValueError
        If the predictions are not one of each fold.
    """
    runs = checked_runs(predictions_class, len(y_train), y_test, folds, predictions)
    truths = predictions_class(y_true=y_train)
    truths_test = None if y_test is None else predictions_class(y_true=y_test)
    by_fold, valid_parts, test_parts = {}, [], []
    for fold, (y_pred_train, y_pred_test) in zip(folds, runs, strict=True):
        train = _pair(predictions_class, y_train, y_pred_train, fold.train_is)
        valid = _pair(predictions_class, y_train, y_pred_train, fold.test_is)
        test = (truths_test, None if y_test is None else predictions_class(y_pred=y_pred_test))
        by_fold[fold.number] = _steps(score_types, train, valid, test)
        valid_parts.append((fold.test_is, valid[1]))
        test_parts.append((slice(None), test[1]))
    curves = (
        _learning_curve(score_types, truths, valid_parts),
        _learning_curve(score_types, truths_test, test_parts),
    )
    return SubmissionScores(by_fold, {name: _summary(name, by_fold, *curves) for name in score_types})


def checked_runs(
    predictions_class: type[Predictions],
    n_train: int,
    y_test: Any,
    folds: Sequence[AnyFold],
    predictions: Sequence[AnyRun],
) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """Return the checked pair (y_pred_train, y_pred_test) of each fold, in the order of ``folds``."""
    by_number = {run.number: run for run in predictions}
    if sorted(by_number) != sorted(fold.number for fold in folds) or len(by_number) != len(predictions):
        raise ValueError(
            f"Expected predictions of the folds {sorted(fold.number for fold in folds)}, each once; "
            f"got {sorted(run.number for run in predictions)}."
        )
    runs = []
    for run in (by_number[fold.number] for fold in folds):
        y_pred_train = check_predictions(predictions_class, run.y_pred_train, n_train, step="validating")
        y_pred_test = None
        if y_test is not None:
            y_pred_test = check_predictions(predictions_class, run.y_pred_test, len(y_test), step="testing")
        runs.append((y_pred_train, y_pred_test))
    return runs


def _pair(
    predictions_class: type[Predictions], y_true: Any, y_pred: np.ndarray, rows: np.ndarray
) -> tuple[Predictions, Predictions]:
    return predictions_class(y_true=y_true, fold_is=rows), predictions_class(y_pred=y_pred, fold_is=rows)


def _steps(
    score_types: Mapping[str, AnyScoreType], train: Pair, valid: Pair, test: Pair
) -> dict[str, Triple]:
    """Return by score name the scores of each pair (truths, predictions); ``None`` where truths are."""
    return {
        name: (
            score_type.score_function(*train),
            score_type.score_function(*valid),
            None if test[0] is None else score_type.score_function(*test),
        )
        for name, score_type in score_types.items()
    }


def _learning_curve(
    score_types: Mapping[str, AnyScoreType], truths: Predictions | None, parts: list[tuple[Any, Any]]
) -> list[dict[str, Any]]:
    if truths is None:
        return [dict.fromkeys(score_types)] * len(parts)
    prefixes = bag_prefixes(type(truths), len(truths.y_pred), parts)
    return [score_covered(score_types, truths, bagged) for bagged in prefixes]


def _summary(
    name: str,
    by_fold: dict[int, dict[str, Triple]],
    valid_curve: list[dict[str, Any]],
    test_curve: list[dict[str, Any]],
) -> ScoreSummary:
    valid_bags = tuple(scores[name] for scores in valid_curve)
    test_bags = tuple(scores[name] for scores in test_curve)
    train, valid, test = zip(*(scores[name] for scores in by_fold.values()), strict=True)
    moments = (*_mean_and_std(train), *_mean_and_std(valid), *_mean_and_std(test))
    return ScoreSummary(valid_bags[-1], test_bags[-1], valid_bags, test_bags, *moments)


def _mean_and_std(scores: Sequence[float | None]) -> tuple[Any, Any]:
    if scores[0] is None:
        return None, None
    numbers = np.array(scores, dtype=float)
    return float(np.mean(numbers)), float(np.std(numbers))
