"""The tiny training fold: few rows, every class among them, no row from outside."""

import numpy as np
import pandas as pd
import pytest

from databoard.kits import Fold
from databoard.runner.scorer.sample import sample_fold

ROWS = np.arange(1000)
SHUFFLED = np.random.default_rng(3).permutation(ROWS)[:800]


def sampled(y, train_is=SHUFFLED):
    fold = sample_fold(y, Fold(0, train_is, np.array([7])), number=-1)
    assert (fold.number, fold.test_is.tolist(), fold.train_is.dtype) == (-1, [7], np.int64)
    assert set(fold.train_is) <= set(train_is) and len(set(fold.train_is)) == len(fold.train_is)
    return fold.train_is


@pytest.mark.parametrize("wrap", [np.array, list, pd.Series])
def test_every_class_has_as_many_rows(wrap):
    y = ["rare" if row % 50 == 0 else "often" for row in ROWS]
    rows = sampled(wrap(y))
    names, counts = np.unique(np.array(y)[rows], return_counts=True)
    assert dict(zip(names, counts, strict=True))["often"] == 30
    assert dict(zip(names, counts, strict=True))["rare"] >= 10


def test_the_class_is_the_first_column():
    y = np.array([[name, value] for name, value in zip("AB" * 500, np.linspace(0, 1, 1000), strict=True)])
    assert np.unique(y[sampled(y), 0], return_counts=True)[1].tolist() == [30, 30]


def test_values_are_sampled_from_the_whole_fold():
    rows = sampled(np.linspace(0, 1, 1000))
    assert len(rows) == 60 and (rows[0], rows[-1]) == (SHUFFLED[0], SHUFFLED[-1])


def test_of_a_stretch_of_time_come_the_first_rows():
    assert sampled(np.linspace(0, 1, 1000), np.arange(200, 900)).tolist() == list(range(200, 260))


def test_labels_that_are_no_values_are_sampled_as_values():
    assert len(sampled([[{"box": row}] for row in ROWS])) == 60


def test_a_small_fold_stays_whole():
    assert sampled(np.linspace(0, 1, 1000), np.arange(40)).tolist() == list(range(40))
