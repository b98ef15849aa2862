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
