"""What the reader of a fold makes of predictions, told by the columns that hold probabilities."""

import numpy as np
import pytest

from databoard.jail import BadOutput
from databoard.runner.fold_reader import FoldReader
from databoard.runner.task import ExpectedPredictions


def check(y_pred, probability_columns):
    expected = ExpectedPredictions(train=y_pred.shape, test=None, probability_columns=probability_columns)
    FoldReader(expected, None, lambda state: None)._check_values(y_pred)


def test_a_negative_probability_is_refused_with_its_number():
    with pytest.raises(BadOutput, match="at least 0, got 1 of 4 that are negative"):
        check(np.array([[0.5, 0.5], [1.5, -0.5]]), (0, 1))


def test_a_negative_value_beside_probabilities_is_a_value():
    check(np.array([[0.4, 0.6, -300.0], [1.0, 0.0, 2.0]]), (0, 1))


def test_a_negative_value_of_a_regression_is_a_value():
    check(np.array([-1.0, 2.0]), ())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_in_every_column(bad):
    with pytest.raises(BadOutput, match="finite predictions, got 1 of 3"):
        check(np.array([[0.4, 0.6, bad]]), (0, 1))


class Sender:
    """The side of the jail, which says what it likes."""

    def __init__(self, line, data=b""):
        self.line, self.data, self.n_asked = line, data, None

    def read_line(self):
        return self.line

    def read_exactly(self, n_bytes):
        self.n_asked = n_bytes
        return self.data


def read(sender, n_rows):
    expected = ExpectedPredictions(train=(n_rows,), test=None, probability_columns=(), is_lists=True)
    reader = FoldReader(expected, None, lambda state: None)
    return reader._predictions(sender, "VALIDATED", expected.train)


def test_lists_of_objects_come_as_a_plain_array_of_any_width():
    array = np.arange(12.0).reshape(2, 2, 3)
    assert read(Sender("VALIDATED 2 2 3", array.tobytes()), 2).tolist() == array.tolist()
    assert read(Sender("VALIDATED 2 0 1"), 2).shape == (2, 0, 1)


@pytest.mark.parametrize("shape", ["3 2 3", "2", "2 2", "2 2 3 1", "2 99999 3", "2 2 99", "2 2 0"])
def test_lists_of_another_number_or_without_bound_are_refused_unread(shape):
    sender = Sender(f"VALIDATED {shape}")
    with pytest.raises(BadOutput, match="a list of objects for each of 2 rows"):
        read(sender, 2)
    assert sender.n_asked is None


def test_objects_that_are_not_finite_are_refused():
    with pytest.raises(BadOutput, match="finite"):
        read(Sender("VALIDATED 1 1 2", np.array([1.0, np.nan]).tobytes()), 1)
