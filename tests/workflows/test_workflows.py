"""Workflows: train and predict with the files of a submission, and say what is missing in them."""

import textwrap
import traceback

import numpy as np
import pandas as pd
import pytest

from databoard import workflows
from databoard.errors import SubmissionError

MODEL = """
    class {name}:
        def fit(self, X, y, previous=None):
            self.n_rows, self.total, self.previous = len(X), sum(y), previous
        def {method}(self, X):
            return [self.total] * len(X)
"""
EXTRACTOR = """
    class FeatureExtractor:
        def fit(self, X, y):
            self.n_rows = len(X)
        def transform(self, X):
            return [[self.n_rows]] * len(X)
"""
ESTIMATOR = (
    MODEL.format(name="Model", method="predict") + "\n    def get_estimator():\n        return Model()\n"
)
CLASSIFIER = MODEL.format(name="Classifier", method="predict_proba")
REGRESSOR = MODEL.format(name="Regressor", method="predict")
WORKFLOWS = {
    "estimator": (workflows.Estimator, {"estimator": ESTIMATOR}),
    "classifier": (workflows.Classifier, {"classifier": CLASSIFIER}),
    "regressor": (workflows.Regressor, {"regressor": REGRESSOR}),
    "feature_extractor_classifier": (
        workflows.FeatureExtractorClassifier,
        {"feature_extractor": EXTRACTOR, "classifier": CLASSIFIER},
    ),
    "feature_extractor_regressor": (
        workflows.FeatureExtractorRegressor,
        {"feature_extractor": EXTRACTOR, "regressor": REGRESSOR},
    ),
}
Y = np.array([1, 10, 100, 1000])
FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]}, index=[9, 8, 7, 6])


def write(folder, files):
    for stem, source in files.items():
        (folder / f"{stem}.py").write_text(textwrap.dedent(source))
    return folder


@pytest.mark.parametrize(
    "X", [FRAME, FRAME.to_numpy(), FRAME.x, [1, 2, 3, 4]], ids=lambda x: type(x).__name__
)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_trains_on_the_rows_of_the_fold_and_predicts_every_row(tmp_path, name, X):
    workflow_class, files = WORKFLOWS[name]
    workflow = workflow_class()
    model = workflow.train_submission(write(tmp_path, files), X, Y, np.array([1, 3]))
    assert list(workflow.test_submission(model, X)) == [1010] * 4


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_trains_on_all_rows_without_a_fold(tmp_path, name):
    workflow_class, files = WORKFLOWS[name]
    workflow = workflow_class()
    model = workflow.train_submission(str(write(tmp_path, files)), FRAME, Y)
    assert workflow.test_submission(model, FRAME.iloc[:1]) == [1111]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_knows_its_name_and_its_files(name):
    workflow_class, files = WORKFLOWS[name]
    assert workflow_class().name == name
    assert workflow_class().element_names == list(files)


def test_a_previous_model_is_handed_to_fit(tmp_path):
    write(tmp_path, WORKFLOWS["classifier"][1])
    model = workflows.Classifier().train_submission(tmp_path, FRAME, Y, prev_trained_model="earlier")
    assert model.previous == "earlier"


def test_the_features_reach_the_second_model(tmp_path):
    workflow_class, files = WORKFLOWS["feature_extractor_regressor"]
    source = (
        "class Regressor:\n    def fit(self, X, y): self.X = X\n    def predict(self, X): return self.X\n"
    )
    workflow, folder = workflow_class(), write(tmp_path, files | {"regressor": source})
    model = workflow.train_submission(folder, FRAME, Y, [0, 1])
    assert workflow.test_submission(model, FRAME) == [[2], [2]]


def test_a_classifier_of_scikit_learn_predicts_probabilities_and_a_regressor_values(tmp_path):
    source = "from sklearn.dummy import {0}\ndef get_estimator():\n    return {0}()\n"
    shapes = []
    for model_class in ("DummyClassifier", "DummyRegressor"):
        write(tmp_path, {"estimator": source.format(model_class)})
        workflow = workflows.Estimator()
        shapes.append(workflow.test_submission(workflow.train_submission(tmp_path, FRAME, Y), FRAME).shape)
    assert shapes == [(4, 4), (4,)]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_missing_file_is_named(tmp_path, name):
    workflow_class, files = WORKFLOWS[name]
    *present, missing = files
    write(tmp_path, {stem: files[stem] for stem in present})
    with pytest.raises(SubmissionError, match=rf"Expected a file {missing}\.py that defines") as caught:
        workflow_class().train_submission(tmp_path, FRAME, Y)
    assert caught.value.code == "import_error"


def test_a_missing_class_is_named_with_what_is_there(tmp_path):
    write(tmp_path, {"classifier": "import numpy as np\nclass MyModel:\n    pass\n"})
    expected = r"Expected classifier.py to define Classifier, a class with fit.*; it defines MyModel\."
    with pytest.raises(SubmissionError, match=expected):
        workflows.Classifier().train_submission(tmp_path, FRAME, Y)


def test_a_missing_method_is_named(tmp_path):
    write(tmp_path, {"classifier": "class Classifier:\n    def fit(self, X, y):\n        pass\n"})
    workflow = workflows.Classifier()
    model = workflow.train_submission(tmp_path, FRAME, Y)
    with pytest.raises(SubmissionError, match=r"Classifier of classifier.py to have a method predict_proba"):
        workflow.test_submission(model, FRAME)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("\nimport no_such_library\n", "failed at line 2: ModuleNotFoundError"),
        ("def f(:\n", "failed at line 1: SyntaxError"),
        ("def f():\n    return 1 / 0\n\nf()\n", "failed at line 2: ZeroDivisionError"),
    ],
)
def test_a_file_that_cannot_be_imported_is_named_with_its_line(tmp_path, source, message):
    write(tmp_path, {"regressor": source})
    with pytest.raises(SubmissionError, match=message) as caught:
        workflows.Regressor().train_submission(tmp_path, FRAME, Y)
    assert 'File "regressor.py"' in caught.value.trace
    assert str(tmp_path) not in caught.value.trace + str(caught.value)


def test_an_error_in_training_carries_the_participants_file_and_line(tmp_path):
    folder = write(
        tmp_path, {"regressor": "class Regressor:\n    def fit(self, X, y):\n        return X.gone\n"}
    )
    with pytest.raises(AttributeError) as caught:
        workflows.Regressor().train_submission(folder, FRAME, Y)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert (str(folder / "regressor.py"), 3) in [(frame.filename, frame.lineno) for frame in frames]


def test_two_submissions_never_see_each_others_modules(tmp_path):
    models = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, WORKFLOWS["regressor"][1])
        models.append(workflows.Regressor().train_submission(tmp_path / name, FRAME, Y))
    assert type(models[0]) is not type(models[1])
