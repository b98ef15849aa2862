"""X of xarray: grids with a classifier, and time series."""

import io

import numpy as np
import pytest
import xarray as xr

from databoard import workflows
from databoard.errors import SubmissionError
from databoard.kits import carrying
from databoard.kits.checks import data
from databoard.workflows.rows import n_rows, take_rows

EXTRACTOR = """
class FeatureExtractor:
    def fit(self, X, y):
        self.seen = X["tas"].to_numpy()[:, 0, 0].tolist(), list(y)
    def transform(self, X):
        return X["tas"].to_numpy().reshape(X["tas"].shape[0], -1)
"""
CLASSIFIER = """
import numpy as np

class Classifier:
    def fit(self, X, y):
        self.X, self.y = X, list(y)
    def predict_proba(self, X):
        return np.column_stack([X[:, 0], 1 - X[:, 0]])
"""
GRIDS = xr.Dataset({"tas": (("enstime", "y", "x"), np.arange(5.0)[:, None, None] * np.ones((5, 2, 3)))})
Y = np.array([0, 1, 0, 1, 1])


def write(folder, **files):
    for stem, source in files.items():
        (folder / f"{stem}.py").write_text(source)
    return folder


def test_features_of_the_training_times_teach_the_classifier(tmp_path):
    workflow = workflows.GridFeatureExtractorClassifier()
    folder = write(tmp_path, feature_extractor=EXTRACTOR, classifier=CLASSIFIER)
    extractor, classifier = workflow.train_submission(folder, GRIDS, Y, np.array([1, 4]))
    assert extractor.seen == ([1.0, 4.0], [1, 1])
    assert classifier.X.tolist() == [[1.0] * 6, [4.0] * 6]
    y_pred = workflow.test_submission((extractor, classifier), GRIDS)
    assert y_pred.tolist() == [[0, 1], [1, 0], [2, -1], [3, -2], [4, -3]]


def test_the_extractor_alone_gives_one_row_per_time(tmp_path):
    workflow = workflows.GridFeatureExtractor()
    extractor = workflow.train_submission(write(tmp_path, feature_extractor=EXTRACTOR), GRIDS, Y)
    assert workflow.test_submission(extractor, GRIDS).shape == (5, 6)


def test_features_of_other_times_are_refused(tmp_path):
    flat = EXTRACTOR.replace('(X["tas"].shape[0], -1)', "(-1, 3)")
    folder = write(tmp_path, feature_extractor=flat, classifier=CLASSIFIER)
    with pytest.raises(SubmissionError, match="for each of 5 times, got 10"):
        workflows.GridFeatureExtractorClassifier().train_submission(folder, GRIDS, Y)


def test_rows_go_along_time_wherever_it_stands():
    turned = GRIDS.transpose("y", "enstime", "x")
    assert n_rows(turned["tas"]) == n_rows(GRIDS) == 5
    assert take_rows(turned["tas"], [4, 0])[0, :, 0].to_numpy().tolist() == [4.0, 0.0]
    assert n_rows(xr.DataArray(np.zeros((7, 2)))) == 7


def test_what_lies_in_a_file_is_read_before_it_is_handed_on(tmp_path):
    path = tmp_path / "grids.nc"
    GRIDS.to_netcdf(path, engine="scipy")
    with xr.open_dataset(path, engine="scipy") as lazy:
        content = io.BytesIO()
        carrying.dump(lazy, content, "X")
    path.unlink()
    assert carrying.loads(content.getvalue()).equals(GRIDS)


# Time series

SERIES = xr.Dataset(
    {
        "sst": (("lat", "time"), np.random.default_rng(57).normal(size=(2, 60))),
        "month": ("time", np.arange(60) % 12),
        "depth": ("lat", [1.0, 2.0]),
        "place": ("lat", ["a", "b"]),
    },
    attrs={"n_burn_in": 12},
)
PAST = """
class FeatureExtractor:
    def transform(self, X):
        n = X.n_burn_in if hasattr(X, "n_burn_in") else X.attrs["n_burn_in"]
        values = (X["sst"] if hasattr(X, "data_vars") else X).to_numpy()[0]
        X.attrs["n_burn_in"] = 0
        return {}
"""
REGRESSOR = """
class Regressor:
    def fit(self, X, y):
        self.X, self.y = X, list(y)
    def predict(self, X):
        return X[:, 0]
"""
KINDS = pytest.mark.parametrize(
    "X", [SERIES, SERIES["sst"].assign_attrs(n_burn_in=12)], ids=["dataset", "array"]
)


@KINDS
def test_a_series_of_xarray_knows_its_own_burn_in(tmp_path, X):
    workflow = workflows.ElNino(check_sizes=[24], check_indexs=[10])
    folder = write(tmp_path, ts_feature_extractor=PAST.format("values[n:]"), regressor=REGRESSOR)
    _, regressor = model = workflow.train_submission(folder, X, np.arange(48.0), np.array([0, 2]))
    values = SERIES["sst"].to_numpy()[0]
    assert (regressor.X.ravel().tolist(), regressor.y) == ([values[12], values[14]], [0.0, 2.0])
    np.testing.assert_array_equal(workflow.test_submission(model, X), values[12:])


@KINDS
def test_a_look_into_the_future_of_a_series_of_xarray_is_refused(tmp_path, X):
    workflow = workflows.ElNino(check_sizes=[24], check_indexs=[10])
    ahead = PAST.format("values[n:] - values.mean()")
    with pytest.raises(SubmissionError, match="look into the future by at least 11 time steps"):
        workflow.train_submission(
            write(tmp_path, ts_feature_extractor=ahead, regressor=REGRESSOR), X, np.ones(48)
        )


def test_check_problem_counts_times_and_asks_x_for_its_burn_in():
    assert n_rows(SERIES) == 60
    assert data.burn_in(workflows.ElNino([24], [10])) is None
    assert data.burn_in(workflows.TimeSeriesFeatureExtractor([24], [10], n_burn_in=12)) == 12
