"""The ledger: what submitting takes, who may submit, and what organisers add."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from databoard.errors import RuleError, TooManyRequests
from databoard.models import AuditEntry, QuotaEntry
from databoard.queries import quota as quota_queries
from databoard.services.results import recording
from databoard.services.submissions import allowances, quota
from databoard.states import QuotaCause, QuotaKind

# What is taken


def test_submitting_takes_an_attempt_and_reserves_a_score(session, owls, alice, limited, hand_in, used):
    submission = hand_in(owls, user=alice)
    rows = session.query(QuotaEntry).order_by(QuotaEntry.id).all()
    assert used() == (1, 1)
    assert [(row.kind, row.cause, row.amount) for row in rows] == [
        (QuotaKind.attempt, QuotaCause.submitted, -1),
        (QuotaKind.scored, QuotaCause.submitted, -1),
    ]
    assert {(row.submission_id, row.day) for row in rows} == {(submission.id, date(2026, 11, 24))}


def test_without_a_limit_the_ledger_is_written_all_the_same(session, owls, alice, iris_event, now, hand_in):
    hand_in(owls, user=alice)
    assert quota.left(session, owls, now=now).attempts.left is None
    iris_event.max_attempts_per_day = 3
    assert quota.left(session, owls, now=now).attempts.left == 2


def test_what_organisers_submit_takes_nothing(owls, root, limited, hand_in, used):
    for number in range(5):
        hand_in(owls, f"line{number}", user=None)
        hand_in(owls, f"root{number}", user=root)
    assert used() == (0, 0)


def test_a_refused_submit_takes_nothing(owls, alice, limited, hand_in, used):
    with pytest.raises(RuleError):
        hand_in(owls, "x", user=alice)
    assert used() == (0, 0)


def test_a_retry_under_the_same_name_takes_again(
    session, owls, alice, limited, now, runs, running, used, hand_in
):
    recording.record_error(
        session, running, runs=runs("training_error", error_code="training_error"), now=now
    )
    session.flush()
    hand_in(owls, user=alice)
    assert used() == (2, 1)


def test_the_quota_of_a_team_is_its_own_and_its_members_share_it(
    owls, charlies, alice, bob, charlie, limited, hand_in
):
    hand_in(owls, "one1", user=alice)
    hand_in(owls, "two2", user=bob)
    with pytest.raises(TooManyRequests):
        hand_in(owls, "three", user=alice)
    assert hand_in(charlies, user=charlie)


# Who may


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ((2, 0), "2 of 2 submissions used today; the next is possible in 12 h (00:00 UTC)."),
        (
            (0, 2),
            "2 of 2 scored submissions used today; the next is possible in 12 h (00:00 UTC). A submission that fails",
        ),
        ((1, 1), "2 of 1 submissions used today; the next is possible in 12 h (00:00 UTC)."),
    ],
)
def test_the_refusal_tells_limit_use_and_reset(session, owls, alice, limited, hand_in, now, limits, said):
    hand_in(owls, "one1", user=alice)
    hand_in(owls, "two2", user=alice)
    limited.max_attempts_per_day, limited.max_scored_per_day = limits
    session.flush()
    with pytest.raises(TooManyRequests) as refused:
        hand_in(owls, "three", user=alice)
    assert str(refused.value).startswith(said) and refused.value.retry_after_s == 12 * 3600


def test_the_quota_is_told_before_the_waiting_time(session, owls, alice, limited, hand_in, now):
    limited.min_duration_between_submissions_s, limited.max_attempts_per_day = 60, 1
    hand_in(owls, user=alice)
    allowance = allowances.may_submit(session, event_team=owls, user=alice, now=now)
    assert "1 of 1 submissions used" in allowance.reason and not allowance.is_retry_allowed


def test_a_retry_skips_the_waiting_time_and_never_the_quota(
    session, owls, alice, limited, now, runs, running, hand_in
):
    limited.min_duration_between_submissions_s, limited.max_attempts_per_day = 60, 1
    session.flush()
    recording.record_error(
        session, running, runs=runs("training_error", error_code="training_error"), now=now
    )
    with pytest.raises(TooManyRequests, match="1 of 1 submissions used today"):
        hand_in(owls, user=alice)


def test_a_score_that_came_back_lets_the_next_in(session, owls, alice, limited, now, runs, running, hand_in):
    limited.max_scored_per_day = 1
    session.flush()
    with pytest.raises(TooManyRequests, match="1 of 1 scored"):
        hand_in(owls, "second", user=alice)
    recording.record_error(
        session, running, runs=runs("training_error", error_code="training_error"), now=now
    )
    assert hand_in(owls, "second", user=alice)


def test_at_midnight_of_the_events_zone_the_quota_is_whole_again(session, owls, alice, limited, hand_in):
    limited.time_zone, limited.max_attempts_per_day = "Europe/Paris", 1
    session.flush()
    midnight = datetime(2026, 11, 25, 0, 0, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    hand_in(owls, "one1", user=alice, at=midnight - timedelta(seconds=2))
    with pytest.raises(TooManyRequests, match=r"in 1 min \(00:00 Europe/Paris\)"):
        hand_in(owls, "two2", user=alice, at=midnight - timedelta(seconds=1))
    assert hand_in(owls, "two2", user=alice, at=midnight)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ((5, 3), "4 of 5 submissions left today, 2 of 3 scored; resets in 12 h (00:00 UTC)."),
        ((5, 0), "4 of 5 submissions left today; resets in 12 h (00:00 UTC)."),
        ((0, 3), "2 of 3 scored left today; resets in 12 h (00:00 UTC)."),
        ((0, 0), "No limit of submissions per day."),
    ],
)
def test_the_summary_tells_what_is_left_and_when_it_resets(
    session, owls, alice, limited, hand_in, now, limits, said
):
    hand_in(owls, user=alice)
    limited.max_attempts_per_day, limited.max_scored_per_day = limits
    assert quota.left(session, owls, now=now).summary(now) == said


# More from the organisers


def test_a_grant_is_for_its_day_and_in_the_audit(session, owls, alice, olga, limited, hand_in, now):
    limited.max_attempts_per_day = 1
    hand_in(owls, "one1", user=alice)
    today = quota.grant(session, event_team=owls, by=olga, attempts=2, scored=1, now=now)
    assert (today.attempts.left, today.scored.left, today.attempts.allowed) == (2, 2, 3)
    assert quota.left(session, owls, now=now + timedelta(days=1)).attempts.left == 1
    entry = session.query(AuditEntry).filter_by(action="grant_quota").one()
    assert (entry.actor, entry.object_name, entry.detail["attempts"]) == (olga, "iris_test/owls", 2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Expected 1 to 1000"),
        ({"attempts": -1}, "got -1 attempts"),
        ({"attempts": 1, "scored": -1}, "-1 scored"),
        ({"scored": 1001}, "1001 scored"),
        ({"attempts": 1, "day": date(2026, 11, 23)}, "Expected today, 2026-11-24, or a later day in UTC"),
    ],
)
def test_a_grant_of_nothing_too_much_or_yesterday_is_refused(session, owls, now, given, said):
    with pytest.raises(RuleError, match=said):
        quota.grant(session, event_team=owls, by=None, now=now, **given)
    assert session.query(QuotaEntry).count() == 0


def test_what_every_team_has_left_is_told_in_one_query_by_name(
    session, owls, charlies, alice, limited, hand_in, now
):
    hand_in(owls, user=alice)
    teams = quota_queries.today(session, event=limited, now=now)
    assert [(name, found.attempts.left) for name, found in teams.items()] == [("charlie", 3), ("owls", 2)]
    assert list(quota_queries.today(session, event=limited, team_name="OWLS", now=now)) == ["owls"]
