"""Workflows of more than two steps, and those beside external data."""

import textwrap

import numpy as np
import pandas as pd
import pytest

from databoard import workflows
from databoard.errors import SubmissionError

EXTRACTOR = """
    class FeatureExtractor:
        def fit(self, X, y):
            self.seen = list(X.index), list(y)
        def transform(self, X):
            return X.to_numpy(dtype=float)
"""
CLASSIFIER = """
    import numpy as np

    class Classifier:
        def fit(self, X, y):
            self.X, self.y = X, list(y)
        def predict_proba(self, X):
            return np.tile([0.7, 0.2, 0.1], (len(X), 1))
"""
CALIBRATOR = """
    class Calibrator:
        def fit(self, probabilities, y):
            self.probabilities, self.y = probabilities, list(y)
        def predict_proba(self, probabilities):
            return probabilities / 2
"""
REGRESSOR = """
    class Regressor:
        def fit(self, X, y):
            self.X, self.y = X, list(y)
        def predict(self, X):
            return X.sum(axis=1)
"""
CALIBRATED = {"feature_extractor": EXTRACTOR, "classifier": CLASSIFIER, "calibrator": CALIBRATOR}
STAGED = {
    "feature_extractor_clf": EXTRACTOR,
    "classifier": CLASSIFIER,
    "feature_extractor_reg": EXTRACTOR,
    "regressor": REGRESSOR,
}
LABELS = ["a", "b", "c"]
X40 = pd.DataFrame({"x": np.arange(40.0)})
Y40 = np.array(["a"] * 20 + ["b"] * 20)
X3 = pd.DataFrame({"x": [1.0, 2.0, 4.0]}, index=[7, 8, 9])
Y3 = np.array([["c", 10.0], ["a", 20.0], ["b", 30.0]], dtype=object)


def write(folder, files):
    for stem, source in files.items():
        (folder / f"{stem}.py").write_text(textwrap.dedent(source))
    return folder


@pytest.fixture
def calibrated(tmp_path):
    """Return the trained parts of a calibrated workflow, on every row but the last ten of each class."""
    workflow = workflows.FeatureExtractorClassifierCalibrator()
    train_is = np.r_[0:10, 20:30]
    return workflow.train_submission(write(tmp_path, CALIBRATED), X40, Y40, train_is)


@pytest.fixture
def staged(tmp_path):
    """Return a workflow of four files with its trained parts, on the first two rows."""
    workflow = workflows.FeatureExtractorClassifierRegressor(LABELS)
    return workflow, workflow.train_submission(write(tmp_path, STAGED), X3, Y3, np.array([0, 1]))


def test_a_stratified_tenth_of_the_training_rows_fits_the_calibrator(calibrated):
    extractor, classifier, calibrator = calibrated
    assert extractor.seen[0] == [*range(10), *range(20, 30)]
    assert sorted(calibrator.y) == ["a", "b"]
    assert (len(classifier.y), classifier.y.count("a")) == (18, 9)


def test_the_tenth_held_out_is_always_the_same(calibrated, tmp_path):
    workflow = workflows.FeatureExtractorClassifierCalibrator()
    again = workflow.train_submission(tmp_path, X40, Y40, np.r_[0:10, 20:30])
    assert again[1].X.tolist() == calibrated[1].X.tolist()


def test_the_calibrator_gets_and_gives_probabilities(calibrated):
    assert calibrated[2].probabilities.tolist() == [[0.7, 0.2, 0.1]] * 2
    y_pred = workflows.FeatureExtractorClassifierCalibrator().test_submission(calibrated, X40[:1])
    assert y_pred.tolist() == [[0.35, 0.1, 0.05]]


def test_the_regressor_trains_on_true_labels_as_columns(staged):
    _, classifier, _, regressor = staged[1]
    assert regressor.X.tolist() == [[1.0, 0, 0, 1], [2.0, 1, 0, 0]]
    assert (regressor.y, classifier.y, classifier.X.tolist()) == ([10.0, 20.0], ["c", "a"], [[1.0], [2.0]])


def test_the_regressor_predicts_from_predicted_probabilities(staged):
    workflow, model = staged
    np.testing.assert_allclose(
        workflow.test_submission(model, X3), [[0.7, 0.2, 0.1, x + 1] for x in (1, 2, 4)]
    )


def test_label_columns_are_named_and_x_stays_as_it_was(tmp_path):
    source = EXTRACTOR.replace("list(X.index)", "list(X.columns)")
    folder = write(tmp_path, STAGED | {"feature_extractor_reg": source})
    model = workflows.FeatureExtractorClassifierRegressor(LABELS).train_submission(folder, X3, Y3)
    assert model[2].seen[0] == ["x", "a", "b", "c"]
    assert list(X3.columns) == ["x"]


def test_labels_are_columns_of_an_array_too(tmp_path):
    source = EXTRACTOR.replace("X.index", "X[0]").replace("X.to_numpy(dtype=float)", "X")
    folder = write(
        tmp_path, STAGED | dict.fromkeys(["feature_extractor_clf", "feature_extractor_reg"], source)
    )
    workflow = workflows.FeatureExtractorClassifierRegressor(LABELS)
    model = workflow.train_submission(folder, X3.to_numpy(), Y3)
    assert workflow.test_submission(model, X3.to_numpy()).shape == (3, 4)


@pytest.mark.parametrize(
    ("stem", "old", "new", "message"),
    [
        (
            "classifier",
            "[0.7, 0.2, 0.1]",
            "[0.7, 0.3]",
            r"classifier.py to predict .* \(3, 3\), got \(3, 2\)",
        ),
        ("regressor", "X.sum(axis=1)", "X", r"regressor.py to predict .* shape \(3,\), got \(3, 4\)"),
    ],
)
def test_a_prediction_of_another_shape_names_its_file(tmp_path, stem, old, new, message):
    folder = write(tmp_path, STAGED | {stem: STAGED[stem].replace(old, new)})
    workflow = workflows.FeatureExtractorClassifierRegressor(LABELS)
    model = workflow.train_submission(folder, X3, Y3)
    with pytest.raises(SubmissionError, match=message):
        workflow.test_submission(model, X3)


READER = """
    from pathlib import Path

    class FeatureExtractor:
        def fit(self, X, y):
            self.text = (Path(__file__).parent / "external_data.csv").read_text()
        def transform(self, X):
            return X.to_numpy() + float(self.text)
"""
BESIDE_DATA = [
    (
        workflows.FeatureExtractorRegressorWithExternalData(),
        {"feature_extractor": READER, "regressor": REGRESSOR},
    ),
    (
        workflows.EstimatorExternalData(),
        {"estimator": "from sklearn.dummy import DummyRegressor as get_estimator\n"},
    ),
]


def test_code_reads_the_external_data_beside_it(tmp_path):
    workflow, files = BESIDE_DATA[0]
    (tmp_path / "external_data.csv").write_text("100")
    model = workflow.train_submission(str(write(tmp_path, files)), X3, np.ones(3))
    assert workflow.test_submission(model, X3).tolist() == [101.0, 102.0, 104.0]


@pytest.mark.parametrize(("workflow", "files"), BESIDE_DATA)
def test_external_data_are_the_last_element_and_required(tmp_path, workflow, files):
    assert workflow.element_names == [*files, "external_data.csv"]
    write(tmp_path, files)
    with pytest.raises(
        SubmissionError, match=r"Expected a file external_data\.csv beside the code"
    ) as caught:
        workflow.train_submission(tmp_path, X3, np.ones(3))
    assert caught.value.code == "import_error"
    (tmp_path / "external_data.csv").write_text("1")
    assert workflow.train_submission(tmp_path, X3, np.ones(3))


@pytest.mark.parametrize(
    ("workflow", "files"),
    [
        (workflows.FeatureExtractorClassifierCalibrator(), CALIBRATED),
        (workflows.FeatureExtractorClassifierRegressor(LABELS), STAGED),
    ],
)
def test_a_missing_file_of_a_longer_workflow_is_named(tmp_path, workflow, files):
    *present, missing = files
    assert workflow.element_names == list(files)
    write(tmp_path, {stem: files[stem] for stem in present})
    y = (
        Y40
        if workflow.name.endswith("calibrator")
        else np.column_stack([np.tile(LABELS, 14)[:40], np.ones(40)])
    )
    with pytest.raises(SubmissionError, match=rf"Expected a file {missing}\.py that defines"):
        workflow.train_submission(tmp_path, X40, y)


# The names that RAMP has for some of them


def test_drug_spectra_takes_its_labels_from_the_truth(tmp_path):
    workflow = workflows.DrugSpectra()
    folder = write(tmp_path, STAGED)
    model = workflow.train_submission(folder, X3, Y3)
    assert model[0] == LABELS
    np.testing.assert_allclose(workflow.test_submission(model, X3[:1]), [[0.7, 0.2, 0.1, 2.0]])
    assert model[1][1].y == ["c", "a", "b"]


def test_drug_spectra_names_a_classifier_that_gives_too_few_probabilities(tmp_path):
    few = CLASSIFIER.replace("[0.7, 0.2, 0.1]", "[0.7, 0.3]")
    workflow = workflows.DrugSpectra()
    model = workflow.train_submission(write(tmp_path, STAGED | {"classifier": few}), X3, Y3)
    with pytest.raises(SubmissionError, match=r"classifier.py to predict .* \(3, 3\), got \(3, 2\)"):
        workflow.test_submission(model, X3)


def test_the_extractors_may_be_called_as_in_2016(tmp_path):
    old = {
        f"feature_extractor_{part}": EXTRACTOR.replace("FeatureExtractor", f"FeatureExtractor{part.title()}")
        for part in ("clf", "reg")
    }
    model = workflows.DrugSpectra().train_submission(write(tmp_path, STAGED | old), X3, Y3)
    _, (extractor_clf, _, extractor_reg, _) = model
    assert type(extractor_clf).__name__ == "FeatureExtractorClf"
    assert type(extractor_reg).__name__ == "FeatureExtractorReg"


def test_an_extractor_called_after_another_file_is_not_found(tmp_path):
    other = EXTRACTOR.replace("FeatureExtractor", "FeatureExtractorReg")
    folder = write(tmp_path, STAGED | {"feature_extractor_clf": other})
    with pytest.raises(
        SubmissionError, match=r"to define FeatureExtractor, .* it defines FeatureExtractorReg"
    ):
        workflows.DrugSpectra().train_submission(folder, X3, Y3)


def test_air_passengers_reads_its_external_data_and_misses_them(tmp_path):
    workflow = workflows.AirPassengers()
    folder = write(tmp_path, {"feature_extractor": READER, "regressor": REGRESSOR})
    with pytest.raises(SubmissionError, match=r"Expected a file external_data\.csv"):
        workflow.train_submission(folder, X3, np.ones(3))
    (tmp_path / "external_data.csv").write_text("0.5")
    model = workflow.train_submission(folder, X3, np.ones(3))
    assert workflow.test_submission(model, X3).tolist() == [1.5, 2.5, 4.5]
