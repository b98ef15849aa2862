"""Read handwritten digits from images of 8 x 8 pixels."""

from pathlib import Path

import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Handwritten digits"
_target = "digit"
_label_names = list(range(10))

Predictions = prediction_types.make_multiclass(label_names=_label_names)
workflow = workflows.Estimator()

score_types = [
    score_types.Accuracy(name="acc", precision=3),
    score_types.BalancedAccuracy(name="balanced_acc", precision=3),
    score_types.NegativeLogLikelihood(name="nll", precision=3),
]


def get_cv(X, y):
    """Return three folds, each with a random quarter of the images for validation."""
    return StratifiedShuffleSplit(n_splits=3, test_size=0.25, random_state=57).split(X, y)


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Write data/raw, data/private and data/public; the public part is cut from the private training rows."""
    digits = load_digits()
    table = pd.DataFrame(digits.data.astype(int), columns=digits.feature_names)
    table[_target] = digits.target
    private = train_test_split(table, test_size=0.3, random_state=57, stratify=table[_target])
    public = train_test_split(private[0], test_size=0.3, random_state=57, stratify=private[0][_target])
    _write("raw/digits.csv", table)
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            _write(f"{folder}/{name}.csv", part)


def _read(path, file_name):
    """Return images of shape (n, 8, 8), from 0 (white) to 16 (black), and the digit that each shows."""
    table = pd.read_csv(data_folder(path) / file_name)
    images = table.drop(columns=_target).to_numpy(dtype=float).reshape(-1, 8, 8)
    return images, table[_target].to_numpy(dtype=int)


def _write(file_name, table):
    file = Path(__file__).parent / "data" / file_name
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(file, index=False)
