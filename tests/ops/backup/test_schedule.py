"""When a backup is due: each night as a rule, each hour while an event closes within a day."""

from datetime import UTC, datetime, timedelta

import pytest

from databoard.ops.backup.schedule import SLACK, Intervals, due_at

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
INTERVALS = Intervals(usual=24 * HOUR, closing=HOUR)


def is_due(age_h, *closings_h):
    newest = NOW - age_h * HOUR
    closings = [NOW + hours * HOUR for hours in closings_h]
    return due_at(newest, now=NOW, closings=closings, intervals=INTERVALS) <= NOW


def test_the_first_one_is_due_at_once():
    assert due_at(None, now=NOW, closings=[], intervals=INTERVALS) == NOW


@pytest.mark.parametrize(
    ("age_h", "closings_h", "is_expected"),
    [
        (23, (), False),
        (24, (), True),
        (24 - 1 / 60, (), True),  # cron came a moment early
        (1, (), False),
        (1, (25,), False),  # closes later than in a day
        (1, (24,), True),
        (0.5, (24,), False),
        (1, (0.1,), True),
        (1, (-0.1,), False),  # closed
        (1, (300, -5, 3), True),
    ],
)
def test_it_is_due_by_age_and_sooner_while_an_event_closes(age_h, closings_h, is_expected):
    assert is_due(age_h, *closings_h) is is_expected


def test_a_longer_interval_for_events_makes_no_backup_rarer():
    intervals = Intervals(usual=HOUR, closing=9 * HOUR)
    assert due_at(NOW, now=NOW, closings=[NOW + HOUR], intervals=intervals) == NOW + HOUR - SLACK
