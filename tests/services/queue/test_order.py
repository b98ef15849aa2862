"""Whose turn it is: the order, the cap of a team, the slot kept for the others, the place in line."""

from datetime import timedelta
from itertools import chain

import pytest

from databoard.forecasting.rules import QueueRules, cap_of_team
from databoard.models import Job, Submission
from databoard.services.base.database import transaction
from databoard.services.queue import jobs, order
from databoard.services.queue.order import QUEUED_STEPS
from databoard.states import JobState, JobStep

SECOND = timedelta(seconds=1)
TWO = QueueRules(team_jobs=2)


@pytest.fixture
def claims(claim, name_of):
    """Claim until nothing may start any more; the names in the order of the claims."""
    return lambda **options: list(iter(lambda: name_of(claim(**options)), None))


@pytest.fixture
def flood(hand_in, owls, now):
    """The owls submit many at once."""

    def flood(n):
        return [hand_in(owls, f"flood{number}", at=now + number * SECOND) for number in range(n)]

    return flood


# Order


def test_within_a_team_the_oldest_is_first(owls, now, hand_in, claim, name_of):
    for number, name in enumerate(["aaaa", "bbbb", "cccc"]):
        hand_in(owls, name, at=now + number * SECOND)
    assert [name_of(claim()) for _ in range(3)] == ["aaaa", "bbbb", "cccc"]


def test_a_higher_priority_is_first_of_all(session, owls, charlies, now, hand_in, claim, name_of):
    hand_in(owls, "aaaa")
    hand_in(charlies, "bbbb", at=now + SECOND).jobs[0].priority = 1
    session.flush()
    assert [name_of(claim()), name_of(claim())] == ["bbbb", "aaaa"]


def test_a_team_with_fewer_running_jobs_is_before_an_older_submission(
    owls, charlies, now, hand_in, claim, name_of
):
    for number, name in enumerate(["aaaa", "bbbb"]):
        hand_in(owls, name, at=now + number * SECOND)
    hand_in(charlies, "cccc", at=now + 9 * SECOND)
    assert [name_of(claim()) for _ in range(3)] == ["aaaa", "cccc", "bbbb"]


def test_a_team_that_computed_less_in_the_last_hour_is_first(
    session, owls, charlies, now, hand_in, add_scored, claim, name_of
):
    add_scored(owls, "earlier", finished_at=now - timedelta(minutes=59))
    hand_in(owls, "aaaa")
    hand_in(charlies, "bbbb", at=now + SECOND)
    assert name_of(claim(now + 2 * SECOND)) == "bbbb"


def test_compute_of_more_than_an_hour_ago_is_forgotten(
    owls, charlies, now, hand_in, add_scored, claim, name_of
):
    add_scored(owls, "earlier", finished_at=now - timedelta(minutes=61))
    hand_in(owls, "aaaa")
    hand_in(charlies, "bbbb", at=now + SECOND)
    assert name_of(claim(now + 2 * SECOND)) == "aaaa"


# Caps


@pytest.mark.parametrize(
    ("team_jobs", "n_workers", "cap"),
    [
        (0, 0, None),
        (0, 1, None),
        (0, 2, 1),
        (0, 16, 15),
        (2, 0, 2),
        (2, 1, 2),
        (2, 2, 1),
        (2, 16, 2),
        (9, 4, 3),
    ],
)
def test_a_team_has_at_most_its_cap_and_never_every_worker(team_jobs, n_workers, cap):
    assert cap_of_team(QueueRules(team_jobs=team_jobs), n_workers) == cap


def test_a_team_at_its_cap_waits_although_workers_are_free(session, flood, claim, claims, now):
    flood(4)
    assert claims(rules=TWO) == ["flood0", "flood1"]
    held = session.query(Job).filter_by(state=JobState.started).first()
    jobs.finish(session, held, state=JobState.success, now=now)
    session.flush()
    assert claims(rules=TWO) == ["flood2"]


def test_one_worker_is_free_for_another_team(flood, charlies, add_workers, claims, hand_in, now):
    add_workers(3)
    flood(4)
    assert claims() == ["flood0", "flood1"]
    hand_in(charlies, "single", at=now + 9 * SECOND)
    assert claims() == ["single"]


def test_a_silent_worker_keeps_no_slot(flood, add_workers, claims, now):
    add_workers(3)
    flood(4)
    assert len(claims(at=now + 61 * SECOND)) == 4


def test_scoring_neither_counts_nor_waits_for_the_cap(session, flood, claims):
    rows = flood(5)
    rows[3].jobs[0].step = rows[4].jobs[0].step = JobStep.score
    session.flush()
    assert claims(rules=TWO) == ["flood0", "flood1", "flood3", "flood4"]


def test_checks_neither_count_nor_wait_for_the_cap(session, flood, claims):
    rows = flood(5)
    rows[0].jobs[0].step = rows[1].jobs[0].step = JobStep.check
    session.flush()
    assert claims(rules=TWO, steps=QUEUED_STEPS) == ["flood2", "flood3"]
    assert claims(rules=TWO, steps=[JobStep.check]) == ["flood0", "flood1"]


def test_of_a_flood_and_a_single_the_single_is_next(session, flood, charlies, claim, name_of, hand_in, now):
    """And cancelling the flood touches nobody else."""
    rows = flood(50)
    assert name_of(claim()) == "flood0"
    single = hand_in(charlies, "single", at=now + 60 * SECOND)
    assert order.positions(session, [single.id], now=now) == {single.id: 1}
    held = claim()
    assert name_of(held) == "single"
    for row in rows:
        jobs.withdraw(session, row, now=now)
    states = {job.submission.name: job.state for job in session.query(Job)}
    assert (states.pop("single"), set(states.values())) == (JobState.started, {JobState.cancelled})
    assert jobs.heartbeat(session, held, now=now).is_held


# Many at once


def test_claims_at_the_same_moment_do_not_overrun_the_cap(
    at_once, sessions, session, flood, charlies, hand_in, now
):
    flood(12)
    for number in range(3):
        hand_in(charlies, f"single{number}")
    session.commit()
    taken = at_once(lambda session, n: jobs.claim_next(session, worker=f"w{n}", now=now, rules=TWO), 8)
    with sessions() as other:
        started = other.query(Submission.name).join(Job).filter(Job.state == JobState.started)
        names = sorted(name for (name,) in started)
    assert names == ["flood0", "flood1", "single0", "single1"]
    assert len([held for held in taken if held is None]) == 4


def test_four_workers_take_twenty_jobs_each_once(at_once, sessions, session, flood, now):
    flood(20)
    session.commit()

    def claim_one(number):
        with transaction(sessions) as session:
            return jobs.claim_next(session, worker=f"w{number}", now=now)

    def work(session, number):
        return [held.job_id for held in iter(lambda: claim_one(number), None)]

    taken = list(chain(*at_once(work, 4)))
    assert (len(taken), len(set(taken))) == (20, 20)


# The place in line


def test_free_workers_claim_in_the_order_of_the_places(
    session, owls, charlies, now, hand_in, add_scored, claim
):
    add_scored(charlies, "earlier", finished_at=now - timedelta(minutes=5))
    rows = [
        hand_in(team, f"name{number}", at=now + number * SECOND)
        for number, team in enumerate([owls, charlies, owls, charlies, owls, charlies, charlies])
    ]
    rows[5].jobs[0].priority = 1
    session.flush()
    claim()
    ids = [row.id for row in rows]
    places = order.positions(session, ids, now=now)
    assert sorted(places.values()) == [1, 2, 3, 4, 5, 6]
    claimed = [held.submission_id for held in iter(claim, None)]
    assert claimed == sorted(places, key=places.get)


def test_who_does_not_wait_has_no_place(session, owls, now, hand_in, claim):
    first, second = hand_in(owls, "aaaa"), hand_in(owls, "bbbb")
    claim()
    assert order.positions(session, [first.id, second.id], now=now) == {second.id: 1}
    assert order.positions(session, [], now=now) == {}
