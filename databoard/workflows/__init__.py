"""How the files of a submission become predictions: one workflow a file.

A workflow is built once in ``problem.py`` and used inside the jail for every fold:
``train_submission(module_path, X, y, train_is)`` fits, ``test_submission(model, X)`` predicts. It knows
neither kits nor scores nor limits. The names and signatures are those of RAMP.
"""

from .classifier import Classifier
from .clusterer import Clusterer
from .estimator import Estimator
from .external_data import AirPassengers, EstimatorExternalData, FeatureExtractorRegressorWithExternalData
from .feature_extractor import FeatureExtractor
from .feature_extractor_classifier import FeatureExtractorClassifier
from .feature_extractor_classifier_calibrator import FeatureExtractorClassifierCalibrator
from .feature_extractor_classifier_regressor import DrugSpectra, FeatureExtractorClassifierRegressor
from .feature_extractor_regressor import FeatureExtractorRegressor
from .grid_feature_extractor import GridFeatureExtractor, GridFeatureExtractorClassifier
from .image_classifier import ImageClassifier
from .object_detector import ObjectDetector
from .regressor import Regressor
from .simplified_image_classifier import SimplifiedImageClassifier
from .sklearn_pipeline import SKLearnPipeline
from .time_series import ElNino, TimeSeriesFeatureExtractor, TimeSeriesFeatureExtractorRegressor

#: Every workflow by its name, under which a server registers it (also with ``_workflow`` behind it).
WORKFLOWS = {
    "air_passengers": AirPassengers,
    "classifier": Classifier,
    "clusterer": Clusterer,
    "drug_spectra": DrugSpectra,
    "el_nino": ElNino,
    "estimator": Estimator,
    "estimator_external_data": EstimatorExternalData,
    "feature_extractor": FeatureExtractor,
    "feature_extractor_classifier": FeatureExtractorClassifier,
    "feature_extractor_classifier_calibrator": FeatureExtractorClassifierCalibrator,
    "feature_extractor_classifier_regressor": FeatureExtractorClassifierRegressor,
    "feature_extractor_regressor": FeatureExtractorRegressor,
    "feature_extractor_regressor_with_external_data": FeatureExtractorRegressorWithExternalData,
    "grid_feature_extractor": GridFeatureExtractor,
    "grid_feature_extractor_classifier": GridFeatureExtractorClassifier,
    "image_classifier": ImageClassifier,
    "object_detector": ObjectDetector,
    "regressor": Regressor,
    "simplified_image_classifier": SimplifiedImageClassifier,
    "sklearn_pipeline": SKLearnPipeline,
    "ts_feature_extractor": TimeSeriesFeatureExtractor,
    "ts_feature_extractor_regressor": TimeSeriesFeatureExtractorRegressor,
}

__all__ = [
    "WORKFLOWS",
    "AirPassengers",
    "Classifier",
    "Clusterer",
    "DrugSpectra",
    "ElNino",
    "Estimator",
    "EstimatorExternalData",
    "FeatureExtractor",
    "FeatureExtractorClassifier",
    "FeatureExtractorClassifierCalibrator",
    "FeatureExtractorClassifierRegressor",
    "FeatureExtractorRegressor",
    "FeatureExtractorRegressorWithExternalData",
    "GridFeatureExtractor",
    "GridFeatureExtractorClassifier",
    "ImageClassifier",
    "ObjectDetector",
    "Regressor",
    "SKLearnPipeline",
    "SimplifiedImageClassifier",
    "TimeSeriesFeatureExtractor",
    "TimeSeriesFeatureExtractorRegressor",
]
