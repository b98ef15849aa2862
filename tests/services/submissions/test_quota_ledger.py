"""Whatever happens to submissions, the quota shown is limit plus ledger, as a naive recount finds; many at once."""

import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from databoard.errors import TooManyRequests
from databoard.models import Job, QuotaEntry, Submission
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.submissions import quota
from databoard.services.submissions import submit as submitting
from databoard.states import QuotaCause, QuotaKind
from tests.services.submissions.quota_world import HAPPENINGS, World

STEPS = st.sampled_from([name for name, weight in HAPPENINGS.items() for _ in range(weight)])
#: `make chaos` tries more.
N_EXAMPLES = 60 if "CHAOS_JOBS" in os.environ else 8
FEW = settings(max_examples=N_EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])


THREE_FAULTS = [("submit", 0), ("start", 0), ("fault", 2)]  # seldom found by chance


@pytest.mark.shortened
@FEW
@example(happenings=THREE_FAULTS)
@given(happenings=st.lists(st.tuples(STEPS, st.integers(0, 59)), min_size=10, max_size=40))
def test_what_is_left_is_limit_plus_ledger_and_a_recount_agrees(session, store, owls, alice, now, happenings):
    world = World(session, store, owls, alice, now)
    try:
        for name, number in happenings:
            getattr(world, name)(number)
            session.flush()
            world.forget_fold_rows()
            world.check()
    finally:
        session.rollback()


# Many at once


@pytest.fixture
def one_left(session, iris_event, owls, now):
    """Nine of ten attempts of the owls are used, and no waiting time is in the way."""
    iris_event.max_attempts_per_day, iris_event.min_duration_between_submissions_s = 10, 0
    for _ in range(9):
        session.add(
            QuotaEntry(
                event_team=owls,
                kind=QuotaKind.attempt,
                cause=QuotaCause.submitted,
                amount=-1,
                day=quota.day_of(iris_event, now),
                created_at=now,
            )
        )
    session.commit()


def test_of_fifty_submits_at_the_last_free_place_one_is_accepted(
    at_once, team_in, sessions, one_left, store, now
):
    def work(session, number):
        event_team = team_in(session, "owls")
        user = event_team.team.members[number % 2].user
        return submitting.submit(
            session, event_team=event_team, user=user, name=f"name{number}", store=store, now=now
        )

    results = at_once(work, 50)
    assert sum(isinstance(result, Submission) for result in results) == 1
    assert sum(isinstance(result, TooManyRequests) for result in results) == 49
    with sessions() as session:
        assert session.query(Submission).count() == session.query(Job).count() == 1
        assert quota.left(session, team_in(session, "owls"), now=now).attempts.left == 0


def test_deposits_and_ends_at_once_wait_for_each_other_without_a_knot(
    at_once, session, team_in, sessions, iris_event, store, now, owls, alice, hand_in, claim
):
    iris_event.min_duration_between_submissions_s = 0
    for number in range(6):
        hand_in(owls, f"held{number}", user=alice)
    claims = [claim() for _ in range(6)]
    names = [session.get(Submission, held.submission_id).name for held in claims]
    session.commit()

    def work(session, number):
        held, name = claims[number // 2], names[number // 2]
        if number % 2:
            return recording.record_cancelled(session, held, now=now)
        options = {"files": {"classifier.py": b"x = 1"}, "store": store, "now": now, "is_forced": True}
        return submitting.deposit(session, event_team=team_in(session, "owls"), name=name, **options)

    outcomes = at_once(work, 12)
    assert {type(found) for found in outcomes} <= {type(None), Submission, jobs.LeaseLost}, outcomes
    with sessions() as other:
        assert quota.left(other, team_in(other, "owls"), now=now).attempts.used == 0
