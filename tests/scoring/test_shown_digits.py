"""The digits of scores and times: no more than the event asks for, however large a score is made."""

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from databoard.scoring.shown_digits import SIGNIFICANT_DIGITS, score_text, shown_score, shown_time_s

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "precision", "text", "shown"),
    [
        (2 / 3, 2, "0.67", 0.67),
        (1 / 3, 3, "0.333", 0.333),
        (-0.001, 2, "0.00", 0.0),
        (0.5, 0, "0", 0.0),
        (1234.5678, 2, "1234.57", 1234.57),
        (9999.996, 2, "10000", 10000.0),
        (12345.678, 2, "12345.7", 12345.7),
        (1234567.891, 2, "1234570", 1234570.0),
        (0.123456789012, 8, "0.12345679", 0.12345679),
        (1.23456789e300, 2, "1.23457e+300", 1.23457e300),
        (math.inf, 2, "inf", math.inf),
        (math.nan, 2, "–", None),
        (None, 2, "–", None),
    ],
)
def test_a_score_has_the_digits_of_its_event_and_no_more_than_six(value, precision, text, shown):
    assert (score_text(value, precision), shown_score(value, precision)) == (text, shown)


def significant(text):
    return re.sub(r"e.*|[-.]", "", text).strip("0")


@given(FINITE, st.integers(0, 12))
@example(1.7976931348623157e308, 10)
def test_no_score_has_more_digits_however_large_it_is_made(value, precision):
    shown = shown_score(value, precision)
    for text in (score_text(value, precision), repr(shown)):
        assert len(significant(text)) <= max(SIGNIFICANT_DIGITS, precision)
    if math.isfinite(shown):
        assert abs(shown - value) <= max(0.501 * 10.0**-precision, 0.501e-5 * abs(value))
        assert shown_score(shown, precision) == shown


@given(FINITE, FINITE, st.integers(0, 6))
def test_rounding_keeps_the_order(first, second, precision):
    low, high = sorted((first, second))
    assert shown_score(low, precision) <= shown_score(high, precision)


def test_times_are_told_to_the_millisecond():
    assert (shown_time_s(1.23456789), shown_time_s(None)) == (1.235, None)
