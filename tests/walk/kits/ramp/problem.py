"""A kit as RAMP has them: nothing in it knows of this server."""

import os

import pandas as pd
import rampwf as rw
from sklearn.model_selection import StratifiedShuffleSplit

problem_title = "Three clouds"
_labels = ["a", "b", "c"]
Predictions = rw.prediction_types.make_multiclass(label_names=_labels)
workflow = rw.workflows.Estimator()
score_types = [
    rw.score_types.Accuracy(name="acc"),
    rw.score_types.BalancedAccuracy(name="balanced"),
    rw.score_types.NegativeLogLikelihood(name="nll"),
    rw.score_types.F1Above(name="f1_70", threshold=0.7),
]


def get_cv(X, y):
    return StratifiedShuffleSplit(n_splits=3, test_size=0.3, random_state=57).split(X, y)


def _read(path, name):
    table = pd.read_csv(os.path.join(path, "data", name))
    return table.drop(columns="label"), table["label"].values


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")
