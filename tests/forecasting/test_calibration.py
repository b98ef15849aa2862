"""What was told is set against what was waited, and the next forecasts are stretched by it."""

import pytest

from databoard.forecasting.calibration import (
    FLOOR_S,
    LARGEST,
    UNTRIED_P90,
    Calibration,
    PastWait,
    calibration_of,
    ratio,
    stretched,
)


def past(ratios, *, told_s=100.0, has_started=True):
    """Waits in these relations to what was told."""
    return [PastWait(told_s, told_s, stretched(told_s, value), has_started) for value in ratios]


def test_a_new_event_is_stretched_a_little():
    assert calibration_of([]).p90 == pytest.approx(UNTRIED_P90, rel=0.1)


def test_waits_three_times_as_long_as_told_stretch_by_three():
    assert calibration_of(past([3.0] * 500)).p90 == pytest.approx(3.0)
    assert calibration_of(past([3.0] * 500)).p50 == pytest.approx(3.0)


def test_nine_of_ten_waits_would_have_ended_in_time():
    ratios = [0.1 * n for n in range(1, 21)] * 40
    found = calibration_of(past(ratios)).p90
    assert sum(value <= found for value in ratios) / len(ratios) == pytest.approx(0.9, abs=0.03)


def test_what_still_waits_counts_as_longer_than_it_has_waited():
    known = past([1.0] * 80)
    assert calibration_of(known).p90 < calibration_of(known + past([1.0] * 20, has_started=False)).p90


def test_what_still_waits_for_less_than_told_says_nothing():
    known = past([1.0] * 80)
    assert calibration_of(known + past([0.01] * 20, has_started=False)).p90 == pytest.approx(
        calibration_of(known).p90
    )


def test_the_stretch_has_a_limit():
    assert calibration_of(past([100.0] * 500)).p90 == LARGEST


def test_the_latest_waits_count_for_more_than_earlier_ones():
    mixed = calibration_of(past([3.0] * 100 + [1.0] * 900)).p90
    assert 1.5 < mixed < 3.0
    assert mixed > calibration_of(past([1.0] * 900 + [3.0] * 100)).p90


def test_seconds_are_stretched_so_that_the_ratio_shrinks_by_the_factor():
    assert ratio(70.0, stretched(20.0, 2.0)) == pytest.approx(ratio(70.0, 20.0) / 2.0)
    assert stretched(0.0, 2.0) == FLOOR_S
    assert stretched(1.0, 0.5) == 0.0


def test_p90_is_never_before_p50():
    likely_s, latest_s = Calibration(4.0, 0.5).applied(100.0, 110.0)
    assert latest_s == likely_s
