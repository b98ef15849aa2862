"""How the files of a submission become predictions: one workflow a file.

A workflow is built once in ``problem.py`` and used inside the jail for every fold:
``train_submission(module_path, X, y, train_is)`` fits, ``test_submission(model, X)`` predicts. It knows
neither kits nor scores nor limits. The names and signatures are those of RAMP.
"""

from databoard.workflows.classifier import Classifier
from databoard.workflows.clusterer import Clusterer
from databoard.workflows.estimator import Estimator
from databoard.workflows.external_data import (
    AirPassengers,
    EstimatorExternalData,
    FeatureExtractorRegressorWithExternalData,
)
from databoard.workflows.feature_extractor import FeatureExtractor
from databoard.workflows.feature_extractor_classifier import FeatureExtractorClassifier
from databoard.workflows.feature_extractor_classifier_calibrator import FeatureExtractorClassifierCalibrator
from databoard.workflows.feature_extractor_classifier_regressor import (
    DrugSpectra,
    FeatureExtractorClassifierRegressor,
)
from databoard.workflows.feature_extractor_regressor import FeatureExtractorRegressor
from databoard.workflows.grid_feature_extractor import GridFeatureExtractor, GridFeatureExtractorClassifier
from databoard.workflows.image_classifier import ImageClassifier
from databoard.workflows.object_detector import ObjectDetector
from databoard.workflows.regressor import Regressor
from databoard.workflows.simplified_image_classifier import SimplifiedImageClassifier
from databoard.workflows.sklearn_pipeline import SKLearnPipeline
from databoard.workflows.time_series import (
    ElNino,
    TimeSeriesFeatureExtractor,
    TimeSeriesFeatureExtractorRegressor,
)

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
