"""Every workflow is registered, documented, and called as RAMP calls it."""

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from databoard import workflows

DOCS = (Path(__file__).parents[2] / "docs" / "workflows.md").read_text()
RAMP = [
    "AirPassengers",
    "Classifier",
    "Clusterer",
    "DrugSpectra",
    "ElNino",
    "Estimator",
    "EstimatorExternalData",
    "FeatureExtractor",
    "FeatureExtractorClassifier",
    "FeatureExtractorRegressor",
    "GridFeatureExtractorClassifier",
    "ImageClassifier",
    "ObjectDetector",
    "Regressor",
    "SKLearnPipeline",
    "SimplifiedImageClassifier",
    "TimeSeriesFeatureExtractor",
]
ARGUMENTS = {
    "el_nino": [[132], [120]],
    "feature_extractor_classifier_regressor": [["a", "b"]],
    "image_classifier": [3],
    "simplified_image_classifier": [3],
}
SHARED = {"OneFileWorkflow", "FeatureExtractorThenModel"}


@pytest.mark.parametrize("name", RAMP)
def test_a_name_of_ramp_is_a_workflow_here(name):
    assert getattr(workflows, name) in workflows.WORKFLOWS.values()


@pytest.mark.parametrize("module", [found.name for found in pkgutil.iter_modules(workflows.__path__)])
def test_every_class_that_trains_is_registered(module):
    classes = inspect.getmembers(import_module(f"databoard.workflows.{module}"), inspect.isclass)
    trains = {name for name, cls in classes if hasattr(cls, "train_submission")} - SHARED
    assert trains <= {cls.__name__ for cls in workflows.WORKFLOWS.values()}
    assert trains <= set(workflows.__all__)


@pytest.mark.parametrize("name", workflows.WORKFLOWS)
def test_a_workflow_is_listed_in_the_documentation(name):
    cls = workflows.WORKFLOWS[name]
    workflow = cls(*ARGUMENTS.get(name, []))
    (row,) = [row for row in DOCS.splitlines() if row.startswith(f"| `{name}` |")]
    assert workflow.name == name and f"| `{cls.__name__}(" in row
    files = [element if "." in element else f"{element}.py" for element in workflow.element_names]
    assert f"| {', '.join(f'`{file}`' for file in files)} |" in row


@pytest.mark.parametrize("name", workflows.WORKFLOWS)
def test_the_files_of_a_workflow_are_element_types_that_everybody_knows(name):
    from databoard.services.events.catalogue import KNOWN_ELEMENT_TYPES

    workflow = workflows.WORKFLOWS[name](*ARGUMENTS.get(name, []))
    types = {stem: KNOWN_ELEMENT_TYPES.get(stem.partition(".")[0]) for stem in workflow.element_names}
    assert types == {stem: "data" if "." in stem else "code" for stem in workflow.element_names}


def test_the_image_workflow_takes_the_arguments_of_ramp():
    workflow = workflows.ImageClassifier(test_batch_size=16, chunk_size=256, n_jobs=8, n_classes=3)
    assert (workflow.test_batch_size, workflow.n_classes) == (16, 3)
