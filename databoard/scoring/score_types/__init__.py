"""Every score type, by its name in snake_case. ``docs/scores.md`` has them in a table.

Built in ``problem.py`` with the names and defaults of RAMP: ``score_types.Accuracy(name="acc")``.
"""

from typing import Any

from databoard.scoring.score_types.base import ScoreType
from databoard.scoring.score_types.classification import (
    Accuracy,
    BalancedAccuracy,
    ClassificationError,
    F1Above,
    MacroAveragedRecall,
)
from databoard.scoring.score_types.clustering import ClusteringEfficiency
from databoard.scoring.score_types.combined import Combined, MakeCombined
from databoard.scoring.score_types.detection import (
    OSPA,
    SCP,
    AverageDetectionPrecision,
    DetectionAveragePrecision,
    DetectionPrecision,
    DetectionRecall,
    MADCenter,
    MADRadius,
)
from databoard.scoring.score_types.forecast import (
    BrierScoreReliability,
    BrierScoreResolution,
    BrierSkillScore,
    NormalizedGini,
    SoftAccuracy,
)
from databoard.scoring.score_types.probability import ROCAUC, BrierScore, NegativeLogLikelihood
from databoard.scoring.score_types.regression import MARE, RMSE, NormalizedRMSE, RelativeRMSE

SCORE_TYPES = {
    "accuracy": Accuracy,
    "balanced_accuracy": BalancedAccuracy,
    "brier_score": BrierScore,
    "brier_score_reliability": BrierScoreReliability,
    "brier_score_resolution": BrierScoreResolution,
    "brier_skill_score": BrierSkillScore,
    "classification_error": ClassificationError,
    "clustering_efficiency": ClusteringEfficiency,
    "combined": Combined,
    "detection_average_precision": DetectionAveragePrecision,
    "detection_precision": DetectionPrecision,
    "detection_recall": DetectionRecall,
    "f1_above": F1Above,
    "macro_averaged_recall": MacroAveragedRecall,
    "mad_center": MADCenter,
    "mad_radius": MADRadius,
    "make_combined": MakeCombined,
    "mare": MARE,
    "negative_log_likelihood": NegativeLogLikelihood,
    "normalized_gini": NormalizedGini,
    "normalized_rmse": NormalizedRMSE,
    "ospa": OSPA,
    "relative_rmse": RelativeRMSE,
    "rmse": RMSE,
    "roc_auc": ROCAUC,
    "scp": SCP,
    "soft_accuracy": SoftAccuracy,
}

BaseScoreType = ScoreType  # RAMP's name for it, used by kits that bring a score type of their own

__all__ = [
    "MARE",
    "OSPA",
    "RMSE",
    "ROCAUC",
    "SCORE_TYPES",
    "SCP",
    "Accuracy",
    "AverageDetectionPrecision",
    "BalancedAccuracy",
    "BaseScoreType",
    "BrierScore",
    "BrierScoreReliability",
    "BrierScoreResolution",
    "BrierSkillScore",
    "ClassificationError",
    "ClusteringEfficiency",
    "Combined",
    "DetectionAveragePrecision",
    "DetectionPrecision",
    "DetectionRecall",
    "F1Above",
    "MADCenter",
    "MADRadius",
    "MacroAveragedRecall",
    "MakeCombined",
    "NegativeLogLikelihood",
    "NormalizedGini",
    "NormalizedRMSE",
    "RelativeRMSE",
    "ScoreType",
    "SoftAccuracy",
    "type_name",
]


def type_name(score_type: Any) -> "str | None":
    """Return the name under which a server keeps direction and bounds; ``None`` for a type of the kit's own.

    Goes by attributes, so that RAMP's score types have our names. As a rule the name in :data:`SCORE_TYPES`.
    A score of one part goes by the type of that score; one whose bounds depend on its arguments goes by its own name,
    because another kit's may differ.
    """
    if hasattr(score_type, "score_type") and hasattr(score_type, "index"):
        return type_name(score_type.score_type)
    if hasattr(score_type, "score_matrix") or (
        hasattr(score_type, "score_types") and hasattr(score_type, "weights")
    ):
        return score_type.name
    return next((name for name, cls in SCORE_TYPES.items() if _is_like(score_type, cls)), None)


def _is_like(score_type: Any, cls: type[ScoreType]) -> bool:
    """Whether a score type is of ``cls``, or has its name, direction and bounds."""
    if type(score_type) is cls:
        return True
    facts = ("is_lower_the_better", "minimum", "maximum")
    return type(score_type).__name__ == cls.__name__ and all(
        hasattr(cls, fact) and getattr(score_type, fact, None) == getattr(cls, fact) for fact in facts
    )
