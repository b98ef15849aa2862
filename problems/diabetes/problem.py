"""Predict how far diabetes progresses within a year."""

from pathlib import Path

import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.model_selection import ShuffleSplit, train_test_split

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Diabetes progression"
_target = "progression"

Predictions = prediction_types.make_regression()
workflow = workflows.FeatureExtractorRegressor()

score_types = [
    score_types.RMSE(name="rmse", precision=2),
    score_types.NormalizedRMSE(name="norm_rmse", precision=3),
    score_types.MARE(name="mare", precision=3),
]


def get_cv(X, y):
    """Return four folds, each with a random quarter of the patients for validation."""
    return ShuffleSplit(n_splits=4, test_size=0.25, random_state=57).split(X)


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Write data/raw, data/private and data/public; the public part is cut from the private training rows."""
    diabetes = load_diabetes(scaled=False)
    table = pd.DataFrame(diabetes.data, columns=diabetes.feature_names)
    table[_target] = diabetes.target
    private = train_test_split(table, test_size=0.25, random_state=57)
    public = train_test_split(private[0], test_size=0.25, random_state=57)
    _write("raw/diabetes.csv", table)
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            _write(f"{folder}/{name}.csv", part)


def _read(path, file_name):
    table = pd.read_csv(data_folder(path) / file_name)
    return table.drop(columns=_target), table[_target].to_numpy(dtype=float)


def _write(file_name, table):
    file = Path(__file__).parent / "data" / file_name
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(file, index=False)
