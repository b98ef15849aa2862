"""The ledger: when a day ends, and how many submissions may fail in one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.errors import TooManyRequests
from databoard.models import Event
from databoard.services.results import recording
from databoard.services.submissions import quota, submit
from tests.services.submissions.conftest import refuse


@pytest.mark.parametrize(
    ("zone", "at", "begins"),
    [
        ("Europe/Paris", "2026-03-29T00:30+01:00", "2026-03-29T22:00+00:00"),  # 23 hours long
        ("Europe/Paris", "2026-10-25T02:30+01:00", "2026-10-25T23:00+00:00"),  # 25 hours long
        ("Africa/Cairo", "2026-04-23T12:00+02:00", "2026-04-23T22:00+00:00"),  # begins at 01:00
        ("America/Havana", "2026-10-31T12:00-04:00", "2026-11-01T04:00+00:00"),  # has two midnights
        ("Asia/Kathmandu", "2026-11-24T12:00+05:45", "2026-11-24T18:15+00:00"),
        ("Pacific/Kiritimati", "2026-11-24T12:00+14:00", "2026-11-24T10:00+00:00"),
    ],
)
def test_the_next_day_begins_at_the_first_moment_that_clocks_there_show_it(zone, at, begins):
    found = quota.next_day(Event(time_zone=zone), datetime.fromisoformat(at).astimezone(UTC))
    assert found == datetime.fromisoformat(begins) and found.tzinfo is UTC


MINUTES = st.integers(0, 5 * 366 * 24 * 60)


@given(zone=st.sampled_from(sorted(available_timezones())), minutes=MINUTES)
def test_a_day_ends_where_the_next_begins_in_every_zone(zone, minutes):
    event, now = Event(time_zone=zone), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    begins = quota.next_day(event, now)
    assert now < begins <= now + timedelta(hours=25)
    assert quota.day_of(event, begins - timedelta(microseconds=1)) == quota.day_of(event, now)
    assert quota.day_of(event, begins) == quota.day_of(event, now) + timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.5, "1 min"), (60, "1 min"), (61, "2 min"), (3600, "1 h"), (11_520, "3 h 12 min"), (90_000, "25 h")],
)
def test_a_time_to_wait_is_told_in_hours_and_minutes_rounded_up(seconds, said):
    assert quota.span(timedelta(seconds=seconds)) == said


def test_a_day_has_so_many_failures_and_the_ledger_tells(
    session, store, owls, alice, iris_event, now, monkeypatch
):
    monkeypatch.setattr(quota, "MAX_FAILURES_PER_DAY", 2)
    iris_event.min_duration_between_submissions_s = 0
    for name in ("first", "second"):
        refuse(session, store, owls, alice, name, now)
    today = quota.left(session, owls, now=now)
    assert (today.n_failed, today.attempts.used) == (2, 0)
    assert today.summary(now).endswith("2 of 2 failed or refused today.")
    with pytest.raises(TooManyRequests, match=r"2 of your submissions ended without a score.*databoard test"):
        refuse(session, store, owls, alice, "third", now)
    submit.submit(session, event_team=owls, user=None, name="third", store=store, now=now)
    assert quota.left(session, owls, now=now + timedelta(days=1)).n_failed == 0


def test_what_waits_or_runs_may_fail_and_counts_against_the_limit(
    session, store, owls, alice, iris_event, now, monkeypatch
):
    monkeypatch.setattr(quota, "MAX_FAILURES_PER_DAY", 2)
    iris_event.min_duration_between_submissions_s = 0
    for name in ("first", "second"):
        submit.submit(session, event_team=owls, user=alice, name=name, store=store, now=now)
    with pytest.raises(TooManyRequests, match=r"2 still wait or run\. The limit is 2 a day"):
        submit.submit(session, event_team=owls, user=alice, name="third", store=store, now=now)
    quota.grant(session, event_team=owls, by=None, attempts=1, now=now)
    submit.submit(session, event_team=owls, user=alice, name="third", store=store, now=now)


def test_a_submission_that_failed_in_training_counts_as_a_failure(session, owls, running, runs, now):
    failed = runs("training_error", error_code="training_error", message="no")
    recording.record_error(session, running, runs=failed, now=now)
    session.flush()
    today = quota.left(session, owls, now=now)
    assert (today.n_failed, today.attempts.used, today.scored.used) == (1, 1, 0)
