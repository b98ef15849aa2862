"""Classify irises by the size of their sepals and petals."""

from pathlib import Path

import pandas as pd
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Iris classification"
_target = "species"
_label_names = ["setosa", "versicolor", "virginica"]

Predictions = prediction_types.make_multiclass(label_names=_label_names)
workflow = workflows.Classifier()

score_types = [
    score_types.Accuracy(name="acc"),
    score_types.ClassificationError(name="error"),
    score_types.NegativeLogLikelihood(name="nll"),
    score_types.F1Above(name="f1_70", threshold=0.7),
]


def get_cv(X, y):
    """Return two folds, each with a random fifth of the flowers for validation."""
    return StratifiedShuffleSplit(n_splits=2, test_size=0.2, random_state=57).split(X, y)


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Write data/raw, data/private and data/public; the public part is cut from the private training rows."""
    iris = load_iris()
    table = pd.DataFrame(iris.data, columns=[name.removesuffix(" (cm)") for name in iris.feature_names])
    table[_target] = iris.target_names[iris.target]
    private = train_test_split(table, test_size=0.2, random_state=57)
    public = train_test_split(private[0], test_size=0.2, random_state=57)
    _write("raw/iris.csv", table)
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            _write(f"{folder}/{name}.csv", part)


def _read(path, file_name):
    table = pd.read_csv(data_folder(path) / file_name)
    return table.drop(columns=_target), table[_target].to_numpy(dtype=str)


def _write(file_name, table):
    file = Path(__file__).parent / "data" / file_name
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(file, index=False)
