"""A kit of the size of iris that needs numpy only, so that a jail for it starts in no time."""

import numpy as np

import databoard.workflows as workflows
from databoard.scoring import prediction_types, score_types

problem_title = "Small"
_label_names = ["setosa", "versicolor", "virginica"]
Predictions = prediction_types.make_multiclass(label_names=_label_names)
workflow = workflows.Classifier()
score_types = [score_types.Accuracy(name="acc")]


def get_cv(X, y):
    rows = np.random.default_rng(0).permutation(len(X))
    return [(rows[24:], rows[:24])]


def get_train_data(path="."):
    return _data(120, seed=1)


def get_test_data(path="."):
    return _data(30, seed=2)


def _data(n_samples, seed):
    random = np.random.default_rng(seed)
    return random.normal(5.5, 0.5, size=(n_samples, 4)), random.choice(_label_names, size=n_samples)
