"""Historical contributivity: credit flows back and nothing is lost."""

import pytest

from databoard.scoring.contributivity import historical

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
