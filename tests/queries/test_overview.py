"""What an administrator is told: is the jail closed, is anybody working, what waits."""

from datetime import timedelta

import pytest

from databoard.queries import overview as overview_queries
from databoard.queries.overview import notices
from databoard.queries.workers import WorkerFacts, WorkerState
from databoard.services.queue import workers

LEASE_S = 60.0
OPEN = "bubblewrap is missing. Install it: sudo apt-get install -y bubblewrap"
REFUSED = WorkerFacts("far", WorkerState.refused, "", OPEN)


def alive(level="A"):
    return WorkerFacts("near", WorkerState.alive, level, "")


@pytest.fixture
def overview(session, now):
    return lambda jail="bubblewrap": overview_queries.overview(session, jail=jail, now=now, lease_s=LEASE_S)


def told(*facts, jail="bubblewrap", n_waiting=0):
    return [(notice.kind, notice.title) for notice in notices(facts, jail=jail, n_waiting=n_waiting)]


def test_a_jail_that_holds_is_green_with_its_level():
    (notice,) = notices((alive("A"), alive("B")), jail="bubblewrap", n_waiting=0)
    assert notice.kind == "success"
    assert "level A" in notice.text and "level B" in notice.text


def test_an_open_jail_is_red_and_says_what_mends_it():
    (notice,) = notices((REFUSED,), jail="bubblewrap", n_waiting=0)
    assert (notice.kind, notice.title) == ("danger", "No worker may run submissions")
    assert notice.text == f"far: {OPEN}"


def test_beside_a_worker_that_runs_an_open_jail_is_red_too():
    assert told(alive(), REFUSED) == [("danger", "A worker may not run submissions")]


def test_a_machine_that_was_refused_often_is_told_once():
    assert len(told(REFUSED, REFUSED)) == 1


@pytest.mark.parametrize(("facts", "jail"), [((alive("none"),), "bubblewrap"), ((alive("A"),), "none")])
def test_isolation_that_is_off_is_red_whoever_has_it_off(facts, jail):
    assert told(*facts, jail=jail) == [("danger", "Isolation is off")]


@pytest.mark.parametrize("state", [WorkerState.silent, WorkerState.stopped])
def test_a_worker_that_is_gone_is_nobody(state):
    gone = WorkerFacts("near", state, "A", "")
    assert told(gone) == [("warning", "No worker is running")]
    assert told(gone, n_waiting=2) == [("danger", "No worker is running")]


def test_jobs_and_workers_are_counted_by_every_state(session, now, overview, owls, hand_in, claim):
    facts = {"pid": 7, "engine": "local", "n_slots": 1, "jail_level": "A", "now": now}
    workers.register(session, name="w1", host="near", **facts)
    hand_in(owls, "first", at=now - timedelta(minutes=2))
    oldest = hand_in(owls, "second", at=now - timedelta(minutes=1))
    hand_in(owls, "third")
    claim(worker="w1")
    view = overview()
    assert view.n_jobs == {"waiting": 2, "started": 1, "success": 0, "error": 0, "cancelled": 0}
    assert view.n_workers == {"alive": 1, "draining": 0, "silent": 0, "stopped": 0, "refused": 0}
    assert (view.oldest_waiting.slug, view.oldest_waiting.team_name) == (oldest.slug, "owls")
    assert view.workers.rows[0].jobs[0].submission_name == "first"


def test_when_nothing_is_there_nothing_waits(overview):
    view = overview()
    assert (view.oldest_waiting, view.workers.rows, view.is_working) == (None, (), False)


def test_it_works_when_one_is_alive_and_none_refused(session, now, overview):
    facts = {"pid": 7, "engine": "local", "n_slots": 1, "now": now}
    workers.register(session, name="w1", host="near", jail_level="A", **facts)
    assert overview().is_working
    workers.register(session, name="w2", host="far", jail_level="", open_layers=OPEN, **facts)
    assert not overview().is_working


def test_more_rows_need_no_more_queries(session, now, overview, owls, hand_in, claim, n_queries):
    few = n_queries(overview)
    facts = {"pid": 7, "engine": "local", "n_slots": 1, "jail_level": "A", "now": now}
    for number in range(5):
        workers.register(session, name=f"w{number}", host="near", **facts)
        hand_in(owls, f"number_{number}")
        claim(worker=f"w{number}")
    assert n_queries(overview) == few <= 6
