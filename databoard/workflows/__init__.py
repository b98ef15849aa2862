"""How the files of a submission become predictions: one workflow a file.

A workflow is built once in ``problem.py`` and used inside the jail for every fold:
``train_submission(module_path, X, y, train_is)`` fits, ``test_submission(model, X)`` predicts. It knows
neither kits nor scores nor limits. The names and signatures are those of RAMP.
"""

from .classifier import Classifier
from .estimator import Estimator
from .feature_extractor import FeatureExtractor
from .feature_extractor_classifier import FeatureExtractorClassifier
from .feature_extractor_regressor import FeatureExtractorRegressor
from .regressor import Regressor

__all__ = [
    "Classifier",
    "Estimator",
    "FeatureExtractor",
    "FeatureExtractorClassifier",
    "FeatureExtractorRegressor",
    "Regressor",
]
