"""Check that a score type points the right way: the truth itself has to be its best prediction."""

import math
from types import ModuleType
from typing import Any

from databoard.kits.checks.data import KitData
from databoard.kits.checks.findings import Report
from databoard.kits.loading import line_of_error
from databoard.scoring.prediction_types import form_of

_TOLERANCE = 1e-6
#: Scores of RAMP that are not best for a perfect forecast: by their bins, or by the matrix that they are given.
_NEVER_PERFECT = ("BrierScoreReliability", "BrierScoreResolution", "SoftAccuracy")
#: Some of their bounds are those of sensible predictions only, as in RAMP; they are tested elsewhere.
_KNOWN_ROOMS = ("databoard.", "rampwf.")
_SEED = 57


def check_scores(report: Report, problem: ModuleType, data: KitData) -> None:
    """Score the truth, and the truth of other rows, with every score type."""
    import numpy as np

    if form_of(problem.Predictions).is_lists:
        return  # true objects lack the confidence of predicted ones
    try:
        truths = problem.Predictions(y_true=data.y_train)
        blank = problem.Predictions(n_samples=len(data.y_train))
    except Exception:  # the kit raises what it likes
        return  # the truth is wrong, and said to be
    if np.shape(truths.y_pred) != np.shape(blank.y_pred):
        return  # a type whose truth is no prediction
    rows = np.random.default_rng(_SEED).permutation(len(data.y_train))
    perfect = problem.Predictions(y_pred=truths.y_pred)
    wrong = problem.Predictions(y_pred=np.asarray(truths.y_pred)[rows])
    for number, score_type in enumerate(problem.score_types):
        line = report.source.element_line("score_types", number)
        best = _score(report, score_type, truths, perfect, line)
        worse = _score(report, score_type, truths, wrong, line) if best is not None else None
        if best is not None and worse is not None:
            _compare(report, score_type, best, worse, line)


def _score(report: Report, score_type: Any, truths: Any, predictions: Any, line: int | None) -> float | None:
    """Return a score, or report why there is none."""
    try:
        score = float(score_type.score_function(truths, predictions))
    except Exception as error:  # the kit raises what it likes
        report.error(
            "score_raises",
            f"Expected {score_type.name} of the training truth to be a number, got {type(error).__name__}: {error}",
            "Choose a score type that this truth allows, or fix score_function.",
            line=line_of_error(report.path, error) or line,
        )
        return None
    if math.isnan(score):
        report.error(
            "score_nan",
            f"Expected {score_type.name} of the training truth to be a number, got NaN.",
            "Fix score_function.",
            line=line,
        )
        return None
    return score


def _compare(report: Report, score_type: Any, best: float, worse: float, line: int | None) -> None:
    name, is_lower = score_type.name, bool(score_type.is_lower_the_better)
    bound = float(score_type.minimum if is_lower else score_type.maximum)
    better = "lower" if is_lower else "higher"
    if (worse < best - _TOLERANCE) if is_lower else (worse > best + _TOLERANCE):
        report.error(
            "score_direction",
            f"Expected {name}, where {better} is better, to be best for the truth itself; it is {best:.6g} for the "
            f"truth and {worse:.6g} for labels of other rows.",
            f"Set is_lower_the_better = {not is_lower}, with minimum and maximum, or correct score_function.",
            line=line,
        )
        return
    outside = [value for value in (best, worse) if not _is_within(value, score_type)]
    if outside and not type(score_type).__module__.startswith(_KNOWN_ROOMS):
        report.error(
            "score_bounds",
            f"Expected {name} between its minimum {score_type.minimum} and maximum {score_type.maximum}, got "
            f"{outside[0]:.6g}.",
            "Widen the bounds, or correct score_function.",
            line=line,
        )
    elif (
        math.isfinite(bound)
        and abs(best - bound) > _TOLERANCE
        and type(score_type).__name__ not in _NEVER_PERFECT
    ):
        report.error(
            "score_not_best",
            f"Expected {name} of the truth itself to be its best value {bound:g}, got {best:.6g}.",
            f"Correct score_function, or set {'minimum' if is_lower else 'maximum'} to the best that can be reached.",
            line=line,
        )


def _is_within(value: float, score_type: Any) -> bool:
    return float(score_type.minimum) - _TOLERANCE <= value <= float(score_type.maximum) + _TOLERANCE
