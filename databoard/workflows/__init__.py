"""How the files of a submission become predictions: one workflow a file.

A workflow is built once in ``problem.py`` and used inside the jail for every fold:
``train_submission(module_path, X, y, train_is)`` fits, ``test_submission(model, X)`` predicts. It knows
neither kits nor scores nor limits. The names and signatures are those of RAMP.
"""

from .classifier import Classifier
from .clusterer import Clusterer
from .estimator import Estimator
from .external_data import EstimatorExternalData, FeatureExtractorRegressorWithExternalData
from .feature_extractor import FeatureExtractor
from .feature_extractor_classifier import FeatureExtractorClassifier
from .feature_extractor_classifier_calibrator import FeatureExtractorClassifierCalibrator
from .feature_extractor_classifier_regressor import FeatureExtractorClassifierRegressor
from .feature_extractor_regressor import FeatureExtractorRegressor
from .image_classifier import ImageClassifier
from .object_detector import ObjectDetector
from .regressor import Regressor
from .time_series import TimeSeriesFeatureExtractor, TimeSeriesFeatureExtractorRegressor

#: Every workflow by its name, under which a server registers it (also with ``_workflow`` behind it).
WORKFLOWS = {
    "classifier": Classifier,
    "clusterer": Clusterer,
    "estimator": Estimator,
    "estimator_external_data": EstimatorExternalData,
    "feature_extractor": FeatureExtractor,
    "feature_extractor_classifier": FeatureExtractorClassifier,
    "feature_extractor_classifier_calibrator": FeatureExtractorClassifierCalibrator,
    "feature_extractor_classifier_regressor": FeatureExtractorClassifierRegressor,
    "feature_extractor_regressor": FeatureExtractorRegressor,
    "feature_extractor_regressor_with_external_data": FeatureExtractorRegressorWithExternalData,
    "image_classifier": ImageClassifier,
    "object_detector": ObjectDetector,
    "regressor": Regressor,
    "ts_feature_extractor": TimeSeriesFeatureExtractor,
    "ts_feature_extractor_regressor": TimeSeriesFeatureExtractorRegressor,
}

__all__ = [
    "WORKFLOWS",
    "Classifier",
    "Clusterer",
    "Estimator",
    "EstimatorExternalData",
    "FeatureExtractor",
    "FeatureExtractorClassifier",
    "FeatureExtractorClassifierCalibrator",
    "FeatureExtractorClassifierRegressor",
    "FeatureExtractorRegressor",
    "FeatureExtractorRegressorWithExternalData",
    "ImageClassifier",
    "ObjectDetector",
    "Regressor",
    "TimeSeriesFeatureExtractor",
    "TimeSeriesFeatureExtractorRegressor",
]
