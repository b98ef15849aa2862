"""Tell two clouds of points apart; the same problem in two environments."""

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit

from databoard.scoring import prediction_types, score_types
from databoard.workflows import Estimator

problem_title = "Two clouds"
Predictions = prediction_types.make_multiclass(label_names=["left", "right"])
workflow = Estimator()
score_types = [score_types.Accuracy(name="acc"), score_types.NegativeLogLikelihood(name="nll")]


def get_cv(X, y):
    return ShuffleSplit(n_splits=2, test_size=0.5, random_state=57).split(X)


def _clouds(seed):
    rng = np.random.default_rng(seed)
    y = np.array(["left", "right"] * 30)
    X = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    X["a"] += np.where(y == "left", -1.5, 1.5)
    return X, y


def get_train_data(path="."):
    return _clouds(1)


def get_test_data(path="."):
    return _clouds(2)
