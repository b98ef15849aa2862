"""Contributivity: credit flows back and nothing is lost, and whole percent sum to 100."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.scoring.contributivity import historical, percentages

OWN = {"a": 0.5, "b": 0.3, "c": 0.2}
NEWEST_FIRST = ["c", "b", "a"]


def test_credit_flows_back_through_chains():
    credits = {"c": {"b": 0.5, "a": 0.2}, "b": {"a": 0.4}}
    assert historical(OWN, NEWEST_FIRST, credits) == pytest.approx({"a": 0.70, "b": 0.24, "c": 0.06})


def test_without_credits_everyone_keeps_their_own():
    assert historical(OWN, NEWEST_FIRST, {}) == OWN


def test_a_share_for_an_unknown_source_stays():
    assert historical(OWN, NEWEST_FIRST, {"c": {"gone": 0.9}}) == OWN


def test_crediting_everything_leaves_nothing_and_conserves_the_total():
    result = historical(OWN, NEWEST_FIRST, {"c": {"b": 1.0}, "b": {"a": 1.0}})
    assert result == pytest.approx({"a": 1.0, "b": 0.0, "c": 0.0})


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60).filter(any))
def test_percentages_of_shares_that_sum_to_one_sum_to_100_and_are_off_by_less_than_one(weights):
    shares = {number: weight / sum(weights) for number, weight in enumerate(weights)}
    found = percentages(shares)
    assert sum(found.values()) == 100 and list(found) == list(shares)
    assert all(abs(found[i] - 100 * share) < 1 for i, share in shares.items())
    assert all(found[i] >= found[j] for i in shares for j in shares if shares[i] > shares[j])


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([1 / 3] * 3, [34, 33, 33]),
        ([1 / 6] * 6, [17, 17, 17, 17, 16, 16]),
        ([0.005, 0.995], [1, 99]),  # a tie: the older
        ([0.29, 0.57, 0.14], [29, 57, 14]),  # 100 * 0.29 is less than 29
        ([0.126, 0.0], [13, 0]),  # the others left a moment ago
        ([0.0, 0.0], [0, 0]),
        ([], []),
    ],
)
def test_the_largest_remainders_are_rounded_up_and_of_equal_ones_the_first(shares, expected):
    assert list(percentages(dict(enumerate(shares))).values()) == expected
