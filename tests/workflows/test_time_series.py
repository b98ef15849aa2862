"""Time series: features of the whole series, and nobody looks into the future."""

import textwrap

import numpy as np
import pandas as pd
import pytest

from databoard import workflows
from databoard.errors import SubmissionError

N_BURN_IN = 12
rng = np.random.default_rng(57)
X = pd.DataFrame({"temperature": rng.normal(size=72), "month": np.arange(72) % 12, "note": "text"})
Y = np.arange(60.0)
EXTRACTOR = """
    import numpy as np

    class FeatureExtractor:
        def transform(self, X):
            values = np.asarray(X)[:, 0].astype(float)
            {body}
"""
HONEST = "return np.column_stack([values[12:], values[:-12]])"
REGRESSOR = """
    class Regressor:
        def fit(self, X, y):
            self.X, self.y = X, list(y)
        def predict(self, X):
            return X[:, 0]
"""


def submission(folder, body=HONEST):
    (folder / "ts_feature_extractor.py").write_text(textwrap.dedent(EXTRACTOR.format(body=body)))
    (folder / "regressor.py").write_text(textwrap.dedent(REGRESSOR))
    return folder


@pytest.fixture
def workflow():
    return workflows.TimeSeriesFeatureExtractorRegressor([24], [10], n_burn_in=N_BURN_IN)


def test_features_of_the_whole_series_train_on_the_rows_of_the_fold(tmp_path, workflow):
    _, model = workflow.train_submission(submission(tmp_path), X, Y, np.array([0, 2]))
    np.testing.assert_array_equal(model.X, X.temperature.to_numpy()[[[12, 0], [14, 2]]])
    assert model.y == [0.0, 2.0]


def test_there_is_one_prediction_per_row_after_the_burn_in(tmp_path, workflow):
    model = workflow.train_submission(submission(tmp_path), X, Y)
    np.testing.assert_array_equal(workflow.test_submission(model, X), X.temperature[12:])


@pytest.mark.parametrize("values", [X, X[["temperature", "month"]].to_numpy()], ids=["frame", "array"])
@pytest.mark.parametrize(
    ("body", "n_steps"),
    [
        ("return values[12:] - values.mean()", 11),
        ("return np.append(values[13:], 0)", 1),
        ("return np.append(values[15:], [0, 0, 0])", 3),
        ("return values[12:] * len(values)", 11),
    ],
)
def test_a_look_into_the_future_is_refused(tmp_path, workflow, body, n_steps, values):
    with pytest.raises(SubmissionError, match=f"look into the future by at least {n_steps} time steps"):
        workflow.train_submission(submission(tmp_path, body), values, Y)


@pytest.mark.parametrize(
    "body",
    [
        HONEST,
        "return np.cumsum(values)[12:]",
        "values[:12] = np.nan; return values[:-12]",
        "X.iloc[:, 0] = 0; return values[12:]",
    ],
)
def test_whatever_looks_back_only_is_allowed(tmp_path, workflow, body):
    assert workflow.train_submission(submission(tmp_path, body), X, Y)


def test_a_feature_extractor_cannot_change_the_series(tmp_path, workflow):
    before = X.copy()
    workflow.train_submission(submission(tmp_path, "X.iloc[:, 0] = 0.0; return values[12:]"), X, Y)
    pd.testing.assert_frame_equal(X, before)


def test_a_series_without_a_future_is_not_checked(tmp_path, workflow):
    model = workflow.train_submission(submission(tmp_path), X, Y)
    assert workflow.test_submission(model, X[:20]).shape == (8,)


def test_other_rows_than_those_of_y_are_refused(tmp_path, workflow):
    with pytest.raises(SubmissionError, match=r"to give 60 rows of features, got shape \(72,\)"):
        workflow.train_submission(submission(tmp_path, "return values"), X, Y)


def test_a_check_needs_a_future():
    with pytest.raises(ValueError, match="check_index < check_size"):
        workflows.TimeSeriesFeatureExtractor(check_sizes=[10], check_indexs=[9])


def test_a_missing_transform_is_named(tmp_path, workflow):
    submission(tmp_path)
    (tmp_path / "ts_feature_extractor.py").write_text("class FeatureExtractor:\n    pass\n")
    with pytest.raises(SubmissionError, match="to have a method transform"):
        workflow.train_submission(tmp_path, X, Y)
