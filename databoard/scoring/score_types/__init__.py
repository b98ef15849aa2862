"""Every score type, by its name in snake_case. ``docs/scores.md`` has them in a table.

Built in ``problem.py`` with the names and defaults of RAMP: ``score_types.Accuracy(name="acc")``.
"""

from .base import ScoreType
from .classification import Accuracy, BalancedAccuracy, ClassificationError, F1Above, MacroAveragedRecall
from .probability import ROCAUC, BrierScore, NegativeLogLikelihood
from .regression import MARE, RMSE, NormalizedRMSE, RelativeRMSE

SCORE_TYPES = {
    "accuracy": Accuracy,
    "balanced_accuracy": BalancedAccuracy,
    "brier_score": BrierScore,
    "classification_error": ClassificationError,
    "f1_above": F1Above,
    "macro_averaged_recall": MacroAveragedRecall,
    "mare": MARE,
    "negative_log_likelihood": NegativeLogLikelihood,
    "normalized_rmse": NormalizedRMSE,
    "relative_rmse": RelativeRMSE,
    "rmse": RMSE,
    "roc_auc": ROCAUC,
}

BaseScoreType = ScoreType  # RAMP's name for it, used by kits that bring a score type of their own

__all__ = [
    "MARE",
    "RMSE",
    "ROCAUC",
    "SCORE_TYPES",
    "Accuracy",
    "BalancedAccuracy",
    "BaseScoreType",
    "BrierScore",
    "ClassificationError",
    "F1Above",
    "MacroAveragedRecall",
    "NegativeLogLikelihood",
    "NormalizedRMSE",
    "RelativeRMSE",
    "ScoreType",
    "type_name",
]


def type_name(score_type):
    """Return the name of a score type in :data:`SCORE_TYPES`, or ``None`` for one that a kit brought."""
    return next((name for name, cls in SCORE_TYPES.items() if type(score_type) is cls), None)
