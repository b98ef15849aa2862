"""The ledger: what submitting takes, what comes back and why, and when a day ends."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.errors import RuleError, SubmissionError, TooManyRequests
from databoard.models import AuditEntry, Event, QuotaEntry, Submission
from databoard.queries import quota as quota_queries
from databoard.runner import FoldRun
from databoard.services.queue import jobs
from databoard.services.results import checks, recording
from databoard.services.submissions import allowances, quota, submit
from databoard.states import JobStep, QuotaCause, QuotaKind, SubmissionState

BOTH, ATTEMPT_ONLY, NOTHING = (0, 0), (1, 0), (1, 1)  # attempts and scored that stay used


@pytest.fixture
def limited(iris_event):
    iris_event.max_attempts_per_day, iris_event.max_scored_per_day = 3, 2
    iris_event.min_duration_between_submissions_s = 0
    return iris_event


@pytest.fixture
def used(session, owls, now):
    """How many attempts and scores of today the owls have used."""

    def used(at=now):
        found = quota.left(session, owls, now=at)
        return found.attempts.used, found.scored.used

    return used


@pytest.fixture
def running(session, store, now, owls, alice, hand_in, claim):
    """A submission of alice that trains: the claim."""
    hand_in(owls, user=alice)
    held = claim()
    recording.start(session, held, store=store, now=now)
    session.flush()
    return held


def refuse(session, store, owls, alice, name, now):
    """Let a submission of alice be refused by its check."""
    submit.submit(session, event_team=owls, user=alice, name=name, store=store, now=now)
    claim = jobs.claim_next(session, worker="w1", now=now, steps=[JobStep.check])
    run = FoldRun(-1, "training_error", "import_error", "Importing classifier.py failed")
    checks.record_refused(session, claim, run=run, now=now)
    session.flush()


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


# What comes back


def test_a_scored_submission_gives_nothing_back(session, running, limited, runs, scores, now, used):
    recording.record_scores(session, running, runs=runs(), scores=scores(), now=now)
    assert used() == NOTHING


def test_an_error_of_its_own_gives_the_score_back(session, running, limited, runs, now, used):
    recording.record_error(
        session, running, runs=runs("training_error", error_code="training_error"), now=now
    )
    assert used() == ATTEMPT_ONLY


def test_predictions_that_cannot_be_scored_give_the_score_back(session, running, limited, runs, now, used):
    recording.record_refused(
        session, running, runs=runs(), error=SubmissionError("no", code="bad_output"), now=now
    )
    assert used() == ATTEMPT_ONLY


def test_cancelled_while_it_trains_gives_the_score_back(session, running, limited, now, used):
    recording.record_cancelled(session, running, now=now)
    assert used() == ATTEMPT_ONLY


def test_cancelled_before_it_trains_gives_all_back(session, owls, alice, limited, hand_in, claim, now, used):
    hand_in(owls, user=alice)
    recording.record_cancelled(session, claim(), now=now)
    assert used() == BOTH


def test_ended_by_hand_while_it_waits_gives_all_back(session, owls, alice, limited, hand_in, now, used):
    submit.end_by_hand(session, hand_in(owls, user=alice), state=SubmissionState.training_error, now=now)
    assert used() == BOTH


def test_three_faults_of_ours_give_all_back_and_two_nothing(
    session, owls, alice, limited, hand_in, claim, now, used
):
    hand_in(owls, user=alice)
    seen = []
    for _ in range(jobs.MAX_ATTEMPTS):
        recording.record_fault(session, claim(), message="disk", now=now)
        seen.append(used())
    assert seen == [NOTHING, NOTHING, BOTH]


def test_a_job_lost_three_times_gives_all_back(session, owls, alice, limited, hand_in, claim, now, used):
    hand_in(owls, user=alice)
    for minutes in range(jobs.MAX_ATTEMPTS):
        claim(at=now + timedelta(minutes=minutes))
        recording.reap(session, now=now + timedelta(minutes=minutes + 1), lease_s=30)
        session.flush()
    assert used() == BOTH


def test_refused_by_the_check_gives_all_back_once(session, owls, alice, limited, hand_in, now, used):
    submission = hand_in(owls, user=alice)
    for _ in range(3):
        quota.refund(session, submission, cause=QuotaCause.refused_by_check, now=now)
    assert used() == BOTH and session.query(QuotaEntry).count() == 4


def test_a_refund_never_reaches_an_earlier_try_of_the_same_name(
    session, owls, alice, limited, now, runs, running, used, hand_in
):
    recording.record_error(
        session, running, runs=runs("training_error", error_code="training_error"), now=now
    )
    again = hand_in(owls, user=alice)
    for _ in range(2):
        quota.refund(session, again, cause=QuotaCause.platform_fault, now=now)
    assert used() == ATTEMPT_ONLY


def test_a_credit_is_for_the_day_of_its_debit(session, running, limited, now, used):
    tomorrow = now + timedelta(days=1)
    recording.record_cancelled(session, running, now=tomorrow)
    assert (used(), used(at=tomorrow)) == (ATTEMPT_ONLY, (0, 0))


def test_deleting_what_waits_gives_all_back(session, owls, alice, limited, hand_in, store, now, used):
    submit.delete_submission(session, hand_in(owls, user=alice), now=now)
    session.expire_all()
    assert used() == BOTH and {row.submission_id for row in session.query(QuotaEntry)} == {None}


def test_deleting_what_is_scored_gives_nothing_back(
    session, running, limited, runs, scores, store, now, used
):
    recording.record_scores(session, running, runs=runs(), scores=scores(), now=now)
    submission = session.get(Submission, running.submission_id)
    submit.delete_submission(session, submission, now=now)
    assert used() == NOTHING


def test_a_deposit_over_what_waits_gives_all_back(session, owls, alice, limited, hand_in, store, now, used):
    hand_in(owls, user=alice)
    files = {"classifier.py": b"x = 1"}
    submit.deposit(session, event_team=owls, name="first", files=files, store=store, now=now, is_forced=True)
    assert used() == BOTH


def test_a_rerun_takes_nothing(session, running, limited, runs, scores, now, used):
    recording.record_scores(session, running, runs=runs(), scores=scores(), now=now)
    submit.rerun(session, session.get(Submission, running.submission_id), now=now)
    assert used() == NOTHING


# Who may


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ((2, 0), "2 of 2 submissions used today; the next is possible in 12 h (00:00 UTC)."),
        (
            (0, 2),
            "2 of 2 scored submissions used today; the next is possible in 12 h (00:00 UTC). One that fails",
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


# Days


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
    with pytest.raises(TooManyRequests, match="2 still wait or run; the limit is 2 a day"):
        submit.submit(session, event_team=owls, user=alice, name="third", store=store, now=now)
    quota.grant(session, event_team=owls, by=None, attempts=1, now=now)
    submit.submit(session, event_team=owls, user=alice, name="third", store=store, now=now)


def test_a_submission_that_failed_in_training_counts_as_a_failure(session, owls, running, runs, now):
    failed = runs("training_error", error_code="training_error", message="no")
    recording.record_error(session, running, runs=failed, now=now)
    session.flush()
    today = quota.left(session, owls, now=now)
    assert (today.n_failed, today.attempts.used, today.scored.used) == (1, 1, 0)
