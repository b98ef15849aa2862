"""What scoring asks of the two kinds of object that a kit brings: predictions and score types.

Ours, RAMP's and a kit's own are treated alike, so these are protocols; ``prediction_types.BasePrediction`` and
``score_types.ScoreType`` document what each part means.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np


class Predictions(Protocol):
    """The predictions, or the truth, of one set of samples."""

    y_pred: np.ndarray

    def __init__(
        self, y_pred: Any = None, y_true: Any = None, n_samples: "int | None" = None, fold_is: Any = None
    ) -> None: ...

    @property
    def valid_indexes(self) -> np.ndarray: ...

    def set_valid_in_train(self, predictions: Any, test_is: Any) -> None: ...

    def set_slice(self, valid_indexes: Any) -> None: ...

    @classmethod
    def combine(
        cls, predictions_list: Sequence[Any], index_list: "Sequence[int] | None" = None
    ) -> "Predictions": ...


class AnyScoreType(Protocol):
    """A score type; only what every one of them has."""

    name: str
    precision: int
    is_lower_the_better: bool
    minimum: float
    maximum: float

    def score_function(self, ground_truths: Any, predictions: Any) -> float: ...


class AnyFold(Protocol):
    """One split of the training rows."""

    @property
    def number(self) -> int: ...

    @property
    def train_is(self) -> np.ndarray: ...

    @property
    def test_is(self) -> np.ndarray: ...


class AnyRun(Protocol):
    """What a submission predicted on one fold."""

    @property
    def number(self) -> int: ...

    @property
    def y_pred_train(self) -> "np.ndarray | None": ...

    @property
    def y_pred_test(self) -> "np.ndarray | None": ...
