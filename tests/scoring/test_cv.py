"""Splitting by time, by event and by episode."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from databoard.errors import KitError
from databoard.scoring.cv import Clustering, InsideRestart, PerRestart, TimeSeries

EVENTS = np.column_stack([np.repeat([7, 3, 9, 5], [3, 1, 4, 2]), np.zeros(10)])


def test_the_past_grows_by_blocks_of_whole_periods():
    folds = list(TimeSeries(n_cv=3, cv_block_size=0.5, period=2).get_cv(None, np.zeros(19)))
    assert [len(train_is) for train_is, _ in folds] == [13, 15, 17]
    for train_is, test_is in folds:
        assert [*train_is, *test_is] == list(range(19))


def test_the_defaults_are_eight_folds_of_whole_years():
    sizes = [len(train_is) for train_is, _ in TimeSeries().get_cv(None, np.zeros(600))]
    assert sizes == [312 + 36 * k for k in range(8)]


@pytest.mark.parametrize(("n_rows", "block_size"), [(100, 0.5), (0, 0.5), (960, 1.0)])
def test_a_series_too_short_for_its_blocks_is_the_kits_error(n_rows, block_size):
    with pytest.raises(KitError, match=f"cannot cut {n_rows} rows into 8 blocks"):
        list(TimeSeries(cv_block_size=block_size).get_cv(None, np.zeros(n_rows)))


def test_an_event_is_never_in_both_parts():
    folds = list(Clustering(n_cv=5).get_cv(None, EVENTS))
    assert len(folds) == 5
    for train_is, test_is in folds:
        assert sorted([*train_is, *test_is]) == list(range(10))
        assert not set(EVENTS[train_is, 0]) & set(EVENTS[test_is, 0])


def test_the_share_is_one_of_events_and_the_seed_is_fixed():
    splits = [next(Clustering(cv_test_size=0.25).get_cv(None, EVENTS)) for _ in range(2)]
    assert len(set(EVENTS[splits[0][1], 0])) == 1
    assert splits[0][1].tolist() == splits[1][1].tolist()


def test_a_single_event_cannot_be_split():
    with pytest.raises(KitError, match="y names 1"):
        list(Clustering().get_cv(None, EVENTS[:3]))


# Episodes

RESTARTS = pd.DataFrame({"restart": [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]})
ROWS = np.zeros(12)
KINDS = pytest.mark.parametrize(
    "X", [RESTARTS, xr.Dataset.from_dataframe(RESTARTS)], ids=["frame", "dataset"]
)


@KINDS
def test_each_episode_is_validated_on_once(X):
    folds = [(list(train_is), list(test_is)) for train_is, test_is in PerRestart().get_cv(X, ROWS)]
    assert folds == [
        ([*range(3, 12)], [0, 1, 2]),
        ([0, 1, 2, 9, 10, 11], [*range(3, 9)]),
        ([*range(9)], [9, 10, 11]),
    ]


@KINDS
def test_each_episode_is_split_by_itself(X):
    folds = [list(test_is) for _, test_is in InsideRestart().get_cv(X, ROWS)]
    assert folds == [[0, 3, 4, 9], [1, 5, 6, 10], [2, 7, 8, 11]]


def test_the_past_of_each_episode_may_grow():
    series = TimeSeries(n_cv=1, cv_block_size=0.67, period=1)
    [(train_is, test_is)] = InsideRestart(series.get_cv).get_cv(RESTARTS, ROWS)
    assert (train_is.tolist(), test_is.tolist()) == ([0, 3, 4, 9], [1, 2, 5, 6, 7, 8, 10, 11])


def test_one_episode_cannot_be_left_out():
    with pytest.raises(KitError, match="'restart' marks one only"):
        list(PerRestart().get_cv(RESTARTS[:3], ROWS[:3]))


def test_the_column_has_a_row_for_each_of_y():
    with pytest.raises(KitError, match=r"one row per row of y \(11\), got 12"):
        list(InsideRestart().get_cv(RESTARTS, ROWS[:11]))


def test_episodes_of_different_numbers_of_folds_are_the_kits_error():
    with pytest.raises(KitError, match="as many folds in each episode, got 3 and 6"):
        list(InsideRestart(lambda X, y: [([0], [1])] * len(X)).get_cv(RESTARTS, ROWS))
