"""Judge a problem by the predictions of one submission. Called when a kit is checked.

Three comparisons, all on the validation rows of the folds: with the best constant prediction, with the same
predictions moved half-way to the truth, and with the same predictions under other names of the classes.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from databoard.scoring.contract import AnyFold, AnyRun, AnyScoreType, Predictions
from databoard.scoring.folds import checked_runs
from databoard.scoring.prediction_types import form_of, is_multiclass
from databoard.scoring.prediction_types.forms import parts_of
from databoard.scoring.score_types import type_name

#: Of a target: the constants that are tried beside the mean.
_QUANTILES = np.linspace(0, 1, 21)
_MAX_CLASSES = 50
#: Other names of the classes must be right so much more often, as a share of the rows.
_CLEARLY = 0.2

#: Which rows of a fold to score.
RowsOf = Callable[[AnyFold], np.ndarray]
#: Of a combined type: the columns of a part, and whether they are classes.
Part = tuple[slice, bool]


@dataclass(frozen=True)
class Appraisal:
    """What was found.

    Attributes
    ----------
    score : float
        Mean of the official score over the validation rows of the folds.
    best_constant : float or None
        The same of the best constant prediction; ``None`` where a constant means nothing.
    contradicted : tuple of str
        Score types, by name, that call the predictions better than the same moved half-way to the truth.
    share_right, share_permuted : float or None
        Rows whose class is right, and whose class would be right under the best other names; ``None`` without classes
        or when the names as they are are not clearly worse.
    """

    score: float
    best_constant: "float | None"
    contradicted: "tuple[str, ...]"
    share_right: "float | None" = None
    share_permuted: "float | None" = None


def appraise(
    *,
    predictions_class: type[Predictions],
    score_types: Mapping[str, AnyScoreType],
    official: str,
    y_train: Any,
    y_test: Any,
    folds: Sequence[AnyFold],
    predictions: Sequence[AnyRun],
) -> Appraisal:
    """Compare the predictions of a submission; arguments as of :func:`databoard.scoring.folds.score_folds`."""
    runs = checked_runs(predictions_class, len(y_train), y_test, folds, predictions)
    kit = _Kit(predictions_class, y_train, folds, [y_pred for y_pred, _ in runs])
    score_type = score_types[official]
    better = kit.half_way()
    return Appraisal(
        kit.score(score_type, kit.y_preds),
        kit.best_constant(score_type),
        tuple(
            name for name, one in score_types.items() if better is not None and kit.contradicts(one, better)
        ),
        *kit.permuted(),
    )


@dataclass(frozen=True, eq=False)
class _Kit:
    """The truth and one submission's predictions of the training rows, an array a fold."""

    predictions_class: type[Predictions]
    y_train: Any
    folds: Sequence[AnyFold]
    y_preds: "list[np.ndarray]"

    def score(
        self,
        score_type: AnyScoreType,
        y_preds: Sequence[np.ndarray],
        rows_of: RowsOf = lambda fold: fold.test_is,
    ) -> float:
        """Return the mean score of arrays of predictions, one a fold, on the rows that validate."""
        scores = []
        for fold, y_pred in zip(self.folds, y_preds, strict=True):
            rows = rows_of(fold)
            truths = self.predictions_class(y_true=self.y_train, fold_is=rows)
            predictions = self.predictions_class(y_pred=y_pred, fold_is=rows)
            scores.append(score_type.score_function(truths, predictions))
        return float(np.mean(scores))

    def truth(self) -> np.ndarray | None:
        """Return the truth in the form of predictions, float; ``None`` when it has another."""
        form = form_of(self.predictions_class)
        if form.is_lists:
            return None
        with contextlib.suppress(TypeError, ValueError):
            truth = np.asarray(self.predictions_class(y_true=self.y_train).y_pred, dtype=float)
            return truth if truth.shape == (len(self.y_train), *form.row_shape) else None
        return None

    def half_way(self) -> list[np.ndarray] | None:
        """Return predictions that are better than those of the submission, one array a fold."""
        truth = self.truth()
        if truth is None:
            return self._with_true_objects()
        return [(y_pred + truth) / 2 for y_pred in self.y_preds]

    def _with_true_objects(self) -> list[np.ndarray] | None:
        rows = np.empty(len(self.y_train), dtype=object)
        with contextlib.suppress(TypeError):
            for number, objects in enumerate(self.y_train):
                rows[number] = [(1.0, *one) for one in objects]
            return [rows] * len(self.folds)
        return None

    def contradicts(self, score_type: AnyScoreType, better: Sequence[np.ndarray]) -> bool:
        """Return whether a score type calls the better predictions clearly worse."""
        with contextlib.suppress(Exception):  # a score that cannot be computed has no direction
            before, after = self.score(score_type, self.y_preds), self.score(score_type, better)
            gain = before - after if score_type.is_lower_the_better else after - before
            return gain < -1e-6 * max(1.0, abs(before))
        return False

    def best_constant(self, score_type: AnyScoreType) -> float | None:
        """Return the score of the constant that is best on the training rows, chosen part by part."""
        truth = self.truth()
        if truth is None or type_name(score_type) == "clustering_efficiency":
            return None
        parts = _parts(self.predictions_class, truth)
        tables = [_constants(truth[fold.train_is], parts) for fold in self.folds]
        chosen, best = [0] * len(parts), None
        for place in range(len(parts)):
            for number in range(len(tables[0][place])):
                tried = [*chosen[:place], number, *chosen[place + 1 :]]
                score = self._constant_score(score_type, tables, tried, lambda fold: fold.train_is)
                if score is not None and (best is None or _is_better(score, best, score_type)):
                    chosen, best = tried, score
        return self._constant_score(score_type, tables, chosen, lambda fold: fold.test_is)

    def _constant_score(
        self, score_type: AnyScoreType, tables: list[list[np.ndarray]], chosen: list[int], rows_of: RowsOf
    ) -> float | None:
        y_preds = []
        for table, y_pred in zip(tables, self.y_preds, strict=True):
            row = np.concatenate([constants[number] for constants, number in zip(table, chosen, strict=True)])
            y_preds.append(np.ascontiguousarray(np.broadcast_to(row.reshape(y_pred.shape[1:]), y_pred.shape)))
        with contextlib.suppress(Exception):  # one class alone may have no score
            score = self.score(score_type, y_preds, rows_of)
            return score if np.isfinite(score) else None
        return None

    def permuted(self) -> "tuple[float | None, float | None]":
        """Return the shares of rows that are right, and that other names of the classes would make right."""
        from scipy.optimize import linear_sum_assignment

        truth = self.truth()
        if truth is None or not is_multiclass(self.predictions_class) or truth.shape[1] > _MAX_CLASSES:
            return None, None
        counts = np.zeros((truth.shape[1], truth.shape[1]))
        for fold, y_pred in zip(self.folds, self.y_preds, strict=True):
            rows = fold.test_is
            np.add.at(counts, (truth[rows].argmax(axis=1), y_pred[rows].argmax(axis=1)), 1)
        right, renamed = (
            counts.trace() / counts.sum(),
            counts[linear_sum_assignment(-counts)].sum() / counts.sum(),
        )
        return (float(right), float(renamed)) if renamed > right + _CLEARLY else (None, None)


def _parts(predictions_class: type[Predictions], truth: np.ndarray) -> list[Part]:
    """Return for each part its columns of the truth, and whether they are classes."""
    parts = parts_of(predictions_class) or (predictions_class,)
    n_columns = int(np.prod(truth.shape[1:]))
    found, first = [], 0
    for part in parts:
        width = (getattr(part, "n_columns", 0) or 1) if len(parts) > 1 else n_columns
        found.append((slice(first, first + width), is_multiclass(part)))
        first += width
    return found


def _constants(truth: np.ndarray, parts: list[Part]) -> list[np.ndarray]:
    """Return for each part the constants to try, a row each, learnt from rows of the truth."""
    truth = truth.reshape(len(truth), -1)
    tables = []
    for columns, is_classes in parts:
        part = truth[:, columns]
        mean = part.mean(axis=0, keepdims=True)
        if is_classes:
            one_class = np.eye(part.shape[1])[:_MAX_CLASSES]
            tables.append(np.vstack([mean, np.full_like(mean, 1 / part.shape[1]), one_class]))
        else:
            tables.append(np.vstack([mean, np.quantile(part, _QUANTILES, axis=0)]))
    return tables


def _is_better(score: float, other: float, score_type: AnyScoreType) -> bool:
    return score < other if score_type.is_lower_the_better else score > other
