"""From computed scores to rows of the database and back. Called by `recording` and `replacement`."""

import math
from typing import TYPE_CHECKING, Any

from databoard.models import SubmissionScore

if TYPE_CHECKING:
    from databoard.scoring.folds import ScoreSummary

#: The columns of a `SubmissionScore` that hold numbers.
NUMBERS = (
    "valid_bag",
    "test_bag",
    "valid_bags",
    "test_bags",
    "train_mean",
    "train_std",
    "valid_mean",
    "valid_std",
    "test_mean",
    "test_std",
)


def finite(score: float | None) -> float | None:
    """Return a score, None for what is no number to rank by: huge predictions make an infinite error.

    PostgreSQL would refuse it in JSON, SQLite would turn NaN into NULL: neither may decide.
    """
    return score if score is not None and math.isfinite(score) else None


def summary_columns(summary: "ScoreSummary") -> dict[str, object]:
    """Return the numbers of one score by column of :class:`SubmissionScore`."""
    return {
        name: [finite(one) for one in value] if isinstance(value, tuple) else finite(value)
        for name, value in vars(summary).items()
    }


def fold_columns(scores: tuple[float, float, float | None]) -> dict[str, float | None]:
    """Return the scores of one fold by column of :class:`SubmissionFoldScore`."""
    return dict(zip(("train_score", "valid_score", "test_score"), map(finite, scores), strict=True))


def numbers(row: SubmissionScore) -> dict[str, Any]:
    """Return the numbers of a row by column."""
    return {name: getattr(row, name) for name in NUMBERS}
