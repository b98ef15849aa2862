"""Two answers a row, in RAMP's form: a label and a value."""

import os

import pandas as pd
import rampwf as rw
from sklearn.model_selection import ShuffleSplit

problem_title = "What and how much"
_kinds = rw.prediction_types.make_multiclass(label_names=["a", "b", "c"])
_doses = rw.prediction_types.make_regression(label_names=["dose"])
Predictions = rw.prediction_types.make_combined([_kinds, _doses])
workflow = rw.workflows.DrugSpectra()
_error = rw.score_types.ClassificationError(name="error", precision=3)
_mare = rw.score_types.MARE(name="mare", precision=3)
score_types = [
    rw.score_types.Combined(name="both", score_types=[_error, _mare], weights=[2 / 3, 1 / 3]),
    rw.score_types.MakeCombined(score_type=_error, index=0),
    rw.score_types.MakeCombined(score_type=_mare, index=1),
]


def get_cv(X, y):
    return ShuffleSplit(n_splits=3, test_size=0.3, random_state=57).split(X)


def _read(path, name):
    table = pd.read_csv(os.path.join(path, "data", name))
    return table.drop(columns=["kind", "dose"]), table[["kind", "dose"]].values


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")
