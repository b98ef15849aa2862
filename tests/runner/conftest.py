"""A kit that needs numpy only, a runner with a real jail, and an honest submission."""

from pathlib import Path

import pytest

from databoard import kits
from databoard.runner import Limits, Runner, TrainingTask

HONEST = b"""
import numpy as np


class Classifier:
    def fit(self, X, y):
        self.classes = np.unique(y)
        self.centres = np.array([X[y == name].mean(axis=0) for name in self.classes])

    def predict_proba(self, X):
        near = np.exp(-((X[:, None, :] - self.centres) ** 2).sum(axis=2))
        return near / near.sum(axis=1, keepdims=True)
"""


@pytest.fixture(scope="session")
def small():
    return kits.load(Path(__file__).resolve().parents[1] / "gallery" / "small_kit")


@pytest.fixture
def runner(tmp_path):
    with Runner(home=tmp_path / "home", jail_mode="bubblewrap", n_parallel=2) as runner:
        yield runner


@pytest.fixture
def task_of(small):
    def make(source=HONEST, **limits):
        limits = Limits(**{"wall_time_s": 20, "memory_bytes": 512 << 20} | limits)
        return TrainingTask(
            small.path,
            small.version,
            kits.folds(small),
            {"classifier.py": source},
            limits,
            (("shown", "acc"),),
            "shown",
        )

    return make
