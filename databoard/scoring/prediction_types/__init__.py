"""What a submission predicts: the ``Predictions`` classes that ``problem.py`` makes.

The names and semantics are those of RAMP: ``make_regression``, ``make_multiclass``, ``make_combined``.
"""

from .base import BasePrediction, check_predictions
from .combined import make_combined
from .multiclass import make_multiclass
from .regression import make_regression

__all__ = ["BasePrediction", "check_predictions", "make_combined", "make_multiclass", "make_regression"]
