"""The shipped kits, prepared once in a copy; and a small kit to spoil."""

import shutil
from pathlib import Path

import pytest

from databoard import kits

PROBLEMS = Path(__file__).parents[2] / "problems"
SMALL_PROBLEM = """
import numpy as np
from databoard.scoring import prediction_types, score_types
from databoard.workflows import Regressor

problem_title = "Small"
Predictions = prediction_types.make_regression()
workflow = Regressor()
score_types = [score_types.RMSE(), score_types.MARE(precision=4)]

def get_cv(X, y):
    return [([0, 1], [2, 3]), ([2, 3], [0, 1])]

def get_train_data(path="."):
    return np.arange(4.0)[:, None], np.arange(1.0, 5.0)

def get_test_data(path="."):
    return np.arange(2.0)[:, None], None
"""


@pytest.fixture(scope="session")
def problems(tmp_path_factory):
    """Return a copy of ``problems/`` in which every kit is prepared."""
    folder = tmp_path_factory.mktemp("kits") / "problems"
    shutil.copytree(PROBLEMS, folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
    for name in kits.names(folder):
        kits.prepare(folder / name)
    return folder


@pytest.fixture
def small(tmp_path):
    """Return the folder of a small regression kit."""
    path = tmp_path / "small"
    (path / "events").mkdir(parents=True)
    (path / "starting_kit").mkdir()
    (path / "problem.py").write_text(SMALL_PROBLEM)
    (path / "starting_kit" / "regressor.py").write_text("class Regressor:\n    pass\n")
    (path / "events" / "small_test.toml").write_text('title = "Small event"\n')
    return path


@pytest.fixture
def spoil(small):
    """Return a function that replaces a part of the small kit's ``problem.py``."""

    def replace(old, new):
        source = (small / "problem.py").read_text()
        assert old in source
        (small / "problem.py").write_text(source.replace(old, new))
        return small

    return replace
