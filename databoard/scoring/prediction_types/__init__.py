"""What a submission predicts: the ``Predictions`` classes that ``problem.py`` makes.

The names and semantics are those of RAMP: ``make_regression``, ``make_multiclass``, ``make_combined``,
``make_clustering``, ``make_detection``.
"""

from databoard.scoring.prediction_types.base import BasePrediction, check_predictions, probability_columns
from databoard.scoring.prediction_types.clustering import make_clustering
from databoard.scoring.prediction_types.combined import make_combined
from databoard.scoring.prediction_types.detection import make_detection
from databoard.scoring.prediction_types.forms import form_of, is_multiclass, is_packed, label_names_of, plain
from databoard.scoring.prediction_types.multiclass import make_multiclass
from databoard.scoring.prediction_types.regression import make_regression

#: Every prediction type, by the function that makes its class.
PREDICTION_TYPES = {
    "clustering": make_clustering,
    "combined": make_combined,
    "detection": make_detection,
    "multiclass": make_multiclass,
    "regression": make_regression,
}

__all__ = [
    "PREDICTION_TYPES",
    "BasePrediction",
    "check_predictions",
    "form_of",
    "is_multiclass",
    "is_packed",
    "label_names_of",
    "make_clustering",
    "make_combined",
    "make_detection",
    "make_multiclass",
    "make_regression",
    "plain",
    "probability_columns",
]
