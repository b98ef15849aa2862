"""The kit iris with numpy alone: a process that loads it starts in a tenth of the time.

Number of rows, labels, folds and score types are those of the shipped kit, so it serves events that were made with
that one. For tests of processes, which start many.
"""

import shutil
from pathlib import Path

from sqlalchemy import create_engine, text

from databoard import kits

PROBLEM = '''"""Classify points of three clusters, in the place of irises."""

from pathlib import Path

import numpy as np

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Iris classification"
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
    """Return two folds, each with another fifth of the rows for validation."""
    rows = np.arange(len(X))
    return [(rows[rows % 5 != number], rows[rows % 5 == number]) for number in range(2)]


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Write data/private and data/public; the public part is cut from the private training rows."""
    kind = np.arange(150) // 5 % 3
    points = np.random.default_rng(1).normal(size=(150, 4)) + kind[:, None]
    private = np.split(np.column_stack([points, kind]), [120])
    public = np.split(private[0], [96])
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            file = Path(__file__).parent / "data" / folder / f"{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savetxt(file, part, delimiter=",")


def _read(path, file_name):
    table = np.loadtxt(data_folder(path) / file_name, delimiter=",")
    return table[:, :4], np.array(_label_names)[table[:, 4].astype(int)]
'''
CLASSIFIER = """import numpy as np


class Classifier:
    def fit(self, X, y):
        self.classes = np.unique(y)
        self.centres = np.array([X[y == name].mean(axis=0) for name in self.classes])

    def predict_proba(self, X):
        near = np.exp(-((X[:, None, :] - self.centres) ** 2).sum(axis=2) / 2)
        return near / near.sum(axis=1, keepdims=True)
"""


def lighten(kit: Path) -> None:
    """Replace the program and the starting kit of a copy of iris, and remove the data."""
    shutil.rmtree(kit / "data", ignore_errors=True)
    (kit / "problem.py").write_text(PROBLEM)
    (kit / "starting_kit" / "classifier.py").write_text(CLASSIFIER)


def register(db_url: str, kit: Path) -> None:
    """Let a database that knows the shipped kit know this one, which is prepared, in its place."""
    engine = create_engine(db_url)
    with engine.begin() as connection:
        known = text("UPDATE problems SET kit_version = :version WHERE name = 'iris'")
        connection.execute(known, {"version": kits.load(kit).version})
    engine.dispose()
