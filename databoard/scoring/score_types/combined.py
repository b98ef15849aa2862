"""Scores of combined predictions: of one part, or a weighted sum over the parts."""

import math
from collections.abc import Iterable
from typing import Any

from databoard.errors import KitError
from databoard.scoring.contract import AnyScoreType
from databoard.scoring.score_types.base import ScoreType


class MakeCombined(ScoreType):
    """The score of one part of a combined prediction; direction and bounds are those of that score.

    Parameters
    ----------
    score_type : ScoreType
        Lower is better, or higher is better, as it says; so for ties and truths it cannot score.
    index : int
        Which part, from 0.
    name, precision : optional
        Those of ``score_type`` by default.

    Raises
    ------
    KitError
        On a call: the predictions have no such part.
    """

    def __init__(
        self, score_type: AnyScoreType, index: int, name: "str | None" = None, precision: "int | None" = None
    ) -> None:
        self.score_type, self.index = score_type, index
        self.name = score_type.name if name is None else name
        self.precision = score_type.precision if precision is None else precision
        self.is_lower_the_better = score_type.is_lower_the_better
        self.minimum, self.maximum = score_type.minimum, score_type.maximum

    def score_function(self, ground_truths: Any, predictions: Any) -> float:
        """Return the score of part ``index`` of two combined ``Predictions``."""
        return self.score_type.score_function(
            _parts(self, ground_truths, self.index), _parts(self, predictions, self.index)
        )

    def __call__(self, y_true: Any, y_pred: Any) -> float:
        """Return the score of the arrays of that part alone."""
        score: float = self.score_type(y_true, y_pred)  # type: ignore[operator]  # ours and RAMP's are called
        return score


class Combined(ScoreType):
    """Weighted sum of scores, the i-th on the i-th part; direction and bounds follow from them.

    Lower is better if it is for every part, else higher is better; the bounds are the weighted sums of
    theirs, in [0, inf) for a sum of errors. Ties and truths that cannot be scored are those of the parts.

    Parameters
    ----------
    score_types : sequence of ScoreType
        One per part of ``Predictions``; all of one direction.
    weights : sequence of float
        One per score type, positive.
    name, precision : optional

    Raises
    ------
    KitError
        If directions are mixed, or weights are not one positive number per score. On a call: the
        predictions have not one part per score.
    """

    name = "combined"

    def __init__(
        self,
        score_types: Iterable[Any],
        weights: Iterable[float],
        name: "str | None" = None,
        precision: "int | None" = None,
    ) -> None:
        super().__init__(name, precision)
        self.score_types, self.weights = tuple(score_types), tuple(map(float, weights))
        self._check_parts()
        self.is_lower_the_better = self.score_types[0].is_lower_the_better
        self.minimum = self._weighted(score_type.minimum for score_type in self.score_types)
        self.maximum = self._weighted(score_type.maximum for score_type in self.score_types)

    def score_function(self, ground_truths: Any, predictions: Any) -> float:
        """Return the weighted sum of the scores of the parts of two combined ``Predictions``."""
        n_parts = len(getattr(predictions, "predictions_list", ()))
        if n_parts != len(self.score_types):
            raise KitError(
                f"{self.name} has {len(self.score_types)} score types, the predictions have {n_parts} parts. "
                "Give one score type per type in make_combined."
            )
        return self._weighted(
            score_type.score_function(truth, prediction)
            for score_type, truth, prediction in zip(
                self.score_types, ground_truths.predictions_list, predictions.predictions_list, strict=True
            )
        )

    def __call__(self, y_true: Any, y_pred: Any) -> float:
        """Return the score of two sequences of arrays, one array per part."""
        if not len(y_true) == len(y_pred) == len(self.score_types):
            raise KitError(
                f"{self.name} needs {len(self.score_types)} arrays of truths and of predictions, "
                f"got {len(y_true)} and {len(y_pred)}. Give one per score type."
            )
        return self._weighted(
            score_type(*pair) for score_type, *pair in zip(self.score_types, y_true, y_pred, strict=True)
        )

    def _weighted(self, scores: Iterable[Any]) -> Any:
        return sum(weight * score for weight, score in zip(self.weights, scores, strict=True))

    def _check_parts(self) -> None:
        if not self.score_types or len(self.score_types) != len(self.weights):
            raise KitError(
                f"{self.name} has {len(self.score_types)} score types and {len(self.weights)} weights. "
                "Give one weight per score type, at least one."
            )
        if not all(math.isfinite(weight) and weight > 0 for weight in self.weights):
            raise KitError(f"{self.name} has the weights {self.weights}. Give positive ones.")
        if len({bool(score_type.is_lower_the_better) for score_type in self.score_types}) > 1:
            kinds = ", ".join(
                f"{score_type.name} ({'lower' if score_type.is_lower_the_better else 'higher'} is better)"
                for score_type in self.score_types
            )
            raise KitError(f"{self.name} mixes directions: {kinds}. Combine scores of one direction.")


def _parts(score_type: AnyScoreType, predictions: Any, index: int) -> Any:
    parts = getattr(predictions, "predictions_list", ())
    if not 0 <= index < len(parts):
        raise KitError(
            f"{score_type.name} scores part {index}, the predictions have {len(parts)} parts, counted from 0. "
            "Correct the index, or make Predictions with make_combined."
        )
    return parts[index]
