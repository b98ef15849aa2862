"""The label firewall."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.runner.scorer.inputs import labels_name, with_fillers, write_once


@given(st.integers(2, 60), st.data())
def test_rows_outside_the_fold_carry_labels_of_training_rows(n_rows, data):
    train_is = np.array(sorted(data.draw(st.sets(st.integers(0, n_rows - 1), min_size=1))), dtype=np.int64)
    y = np.arange(n_rows)
    filled = with_fillers(y, train_is)
    assert len(filled) == n_rows and set(filled) <= set(y[train_is])
    assert np.array_equal(filled[train_is], y[train_is])


def test_two_truths_that_agree_on_the_training_rows_give_the_same_labels():
    train_is = np.array([0, 2])
    first, second = (with_fillers(np.array([1, hidden, 3, hidden]), train_is) for hidden in (7, 8))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, lambda y: pd.DataFrame({"a": y, "b": y})])
def test_the_type_of_the_labels_stays(kind):
    y = kind([1.0, 2.0, 3.0])
    filled = with_fillers(y, np.array([0]))
    assert type(filled) is type(y)
    assert np.all(np.asarray(filled) == 1.0)


def test_equal_training_rows_share_a_file():
    assert labels_name(np.array([1, 2]), [3]) == labels_name(np.array([1, 2], dtype=np.int32), [3])
    assert labels_name(np.array([1, 2]), [3]) != labels_name(np.array([2, 1]), [3])
    assert labels_name([1, 2], [3]) != labels_name([1], [2, 3])


def test_a_file_is_written_once(tmp_path):
    write_once(tmp_path / "deep" / "x.pkl", [1], "X")
    written = (tmp_path / "deep" / "x.pkl").read_bytes()
    write_once(tmp_path / "deep" / "x.pkl", [2], "X")
    assert (tmp_path / "deep" / "x.pkl").read_bytes() == written
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["x.pkl"]
