"""Splitting by time and by event."""

import numpy as np
import pytest

from databoard.errors import KitError
from databoard.scoring.cv import Clustering, TimeSeries

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
