"""Retention: over 400 days of cron exactly what the rules say stays, however often backups are made."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.ops.backup.retention import RetentionRules, kept

START = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)  # a Monday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RULES = RetentionRules(all_h=24, n_daily=7, n_weekly=4, n_monthly=6)


def simulated(n_days, rules=RULES, every=DAY):
    """Back up and prune on each turn of cron; yield the time of each turn and what is there after it."""
    there, now = set(), START
    while now < START + n_days * DAY:
        there = kept(there | {now}, rules, now=now)
        yield now, there
        now += every


def expected(now):
    """What the rules say in words, of a site that backs up daily since `START`; today ends its week and month."""
    days = [now - n * DAY for n in range((now - START).days + 1)]
    sundays = [day for day in days[1:] if day.weekday() == 6]
    ends_of_months = [day for day in days[1:] if (day + DAY).month != day.month]
    return {*days[:7], *sundays[:3], *ends_of_months[:5]}


def test_over_400_days_exactly_these_stay():
    turns = list(simulated(400))
    assert len(turns) == 400
    assert [now for now, there in turns if there != expected(now)] == []


def test_the_last_of_400_days_in_dates():
    *_, (now, there) = simulated(400)
    assert now.date().isoformat() == "2027-02-08"
    assert sorted(time.date().isoformat() for time in there) == [
        *("2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"),
        *("2027-01-24", "2027-01-31", "2027-02-02", "2027-02-03", "2027-02-04"),
        *("2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"),
    ]


def test_with_hourly_backups_a_day_of_hours_and_the_last_of_each_day_stay():
    *_, (now, there) = simulated(60, every=HOUR)
    assert {time for time in there if time > now - DAY} == {now - n * HOUR for n in range(24)}
    days = {time.date() for time in there}
    assert {now.date() - n * DAY for n in range(7)} <= days
    assert len(there) <= 24 + 7 + 4 + 6


def test_when_backups_stop_the_old_ones_stay():
    *_, (now, there) = simulated(400)
    assert kept(there, RULES, now=now + 3650 * DAY) == there


@pytest.mark.parametrize("field", ["n_daily", "n_weekly", "n_monthly"])
def test_each_rule_alone_keeps_so_many(field):
    rules = RetentionRules(**{"all_h": 1, "n_daily": 0, "n_weekly": 0, "n_monthly": 0, field: 3})
    *_, (_, there) = simulated(400, rules)
    assert len(there) == 3


@given(st.sets(st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)), min_size=1))
def test_the_newest_always_stays_and_nothing_is_invented(times):
    there = kept(times, RULES, now=datetime(2029, 1, 1, tzinfo=UTC))
    assert max(times) in there and there <= times
