"""Workers: who is alive, silent, stopped or refused, what each holds, what is forgotten."""

from datetime import timedelta

import pytest

from databoard.errors import Conflict, NotFound
from databoard.models import AuditEntry
from databoard.queries import workers as worker_queries
from databoard.queries.workers import WorkerState
from databoard.services.queue import jobs, workers
from databoard.services.queue.workers import Usage
from databoard.services.results import recording
from databoard.states import JobStep

LEASE_S = 60.0
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def start(session, now):
    """Register a worker of a machine as its process 7 does."""

    def start(name="near:7", *, at=now, **facts):
        host = name.partition(":")[0]
        start = {"pid": 7, "engine": "local", "n_slots": 2, "jail_level": "A", **facts}
        workers.register(session, name=name, host=host, now=at, **start)

    return start


@pytest.fixture
def beat(session, now):
    def beat(name="near:7", *, at=now, n_done=0, n_faults=0, **facts):
        counts = {"n_done": n_done, "n_faults": n_faults, "n_slots": 2}
        return workers.heartbeat(session, name=name, now=at, **counts, **facts)

    return beat


@pytest.fixture
def rows(session, now):
    """The workers of the list by name."""

    def rows(at=now):
        session.flush()
        return {row.name: row for row in worker_queries.listed(session, now=at, lease_s=LEASE_S).rows}

    return rows


@pytest.fixture
def drain(session, root, now):
    def drain(name="near:7", *, is_draining=True, at=now):
        facts = {"actor": root, "now": at, "lease_s": LEASE_S}
        return workers.set_draining(session, name, is_draining=is_draining, **facts)

    return drain


@pytest.fixture
def n_alive(session, now):
    return lambda at=now: workers.n_alive(session, now=at, lease_s=LEASE_S)


def test_a_worker_is_alive_while_its_heartbeat_is_within_a_lease(start, beat, rows, n_alive, now):
    start()
    beat(at=now + HOUR)
    last, late = now + HOUR + LEASE_S * SECOND, now + HOUR + (LEASE_S + 1) * SECOND
    assert (rows(last)["near:7"].state, n_alive(last)) == (WorkerState.alive, 1)
    assert (rows(late)["near:7"].state, n_alive(late)) == (WorkerState.silent, 0)


def test_a_worker_that_said_goodbye_has_stopped(session, start, rows, n_alive, now):
    start()
    workers.stop(session, name="near:7", n_done=3, n_faults=1, now=now + SECOND)
    row = rows(now + SECOND)["near:7"]
    assert (row.state, row.stopped_at, row.n_done, row.n_faults) == ("stopped", now + SECOND, 3, 1)
    assert n_alive(now + SECOND) == 0


def test_a_worker_whose_jail_is_open_is_refused_with_the_reason(start, rows, n_alive):
    start(jail_level="", open_layers="bubblewrap is missing.")
    row = rows()["near:7"]
    assert (row.state, row.open_layers, n_alive()) == (WorkerState.refused, "bubblewrap is missing.", 0)


def test_a_heartbeat_counts_what_was_done(start, beat, rows):
    start()
    assert beat(n_done=5, n_faults=2)
    assert (rows()["near:7"].n_done, rows()["near:7"].n_faults) == (5, 2)


def test_a_heartbeat_of_a_forgotten_worker_says_so(beat, rows):
    assert not beat()
    assert rows() == {}


def test_a_worker_with_a_name_from_before_begins_anew(start, beat, rows, now):
    start()
    beat(n_done=5)
    start(at=now + HOUR)
    row = rows(now + HOUR)["near:7"]
    assert (row.n_done, row.started_at, row.state) == (0, now + HOUR, WorkerState.alive)


def test_a_start_forgets_what_ended_a_day_ago_and_nothing_younger(session, start, rows, now):
    for name in ("killed:1", "ended:2", "young:3"):
        start(name)
    workers.stop(session, name="ended:2", n_done=0, n_faults=0, now=now)
    workers.stop(session, name="young:3", n_done=0, n_faults=0, now=now + SECOND)
    start("new:4", at=now + workers.KEPT_FOR + SECOND)
    assert set(rows()) == {"young:3", "new:4"}


def test_a_start_on_a_machine_forgets_that_its_jail_was_open(start, rows):
    start("near:7", open_layers="landlock (missing)")
    start("far:8", open_layers="landlock (missing)")
    start("near:9")
    assert set(rows()) == {"near:9", "far:8"}


def test_a_worker_shows_the_job_it_holds_until_it_is_done(
    session, start, rows, owls, iris_event, now, hand_in, claim
):
    start()
    submission = hand_in(owls)
    held = claim(worker="near:7")
    (job,) = rows()["near:7"].jobs
    assert (job.job_id, job.slug, job.started_at) == (held.job_id, submission.slug, now)
    assert (job.event_name, job.team_name, job.submission_name) == ("iris_test", "owls", "first")
    recording.record_cancelled(session, held, now=now)
    assert rows()["near:7"].jobs == ()


def test_who_was_refused_stands_first_and_who_ended_last(session, start, beat, rows, now):
    for name in ("a:1", "b:2", "c:3"):
        start(name)
    start("d:4", open_layers="landlock (missing)")
    workers.stop(session, name="a:1", n_done=0, n_faults=0, now=now + HOUR)
    beat("c:3", at=now + SECOND)
    assert list(rows(now + HOUR)) == ["d:4", "c:3", "b:2", "a:1"]


def test_more_workers_need_no_more_queries(session, start, now, owls, hand_in, claim, n_queries):
    def listed():
        return worker_queries.listed(session, now=now, lease_s=LEASE_S)

    start("w:0")
    few = n_queries(listed)
    for number in range(1, 6):
        start(f"w:{number}")
        hand_in(owls, f"number_{number}")
        claim(worker=f"w:{number}")
    assert n_queries(listed) == few == 2


def test_a_drained_worker_keeps_its_job_and_takes_none_until_it_is_resumed(
    session, start, drain, rows, n_alive, owls, charlies, hand_in, claim, now
):
    start()
    hand_in(owls)
    hand_in(charlies, "second")
    held = claim(worker="near:7")
    drain()
    assert jobs.poll(session, held, now=now).is_held
    assert claim(worker="near:7") is None and claim(worker="near:7", steps=[JobStep.check]) is None
    assert (rows()["near:7"].state, n_alive()) == (WorkerState.draining, 0)
    drain(is_draining=False)
    assert claim(worker="near:7") is not None
    assert (rows()["near:7"].state, n_alive()) == (WorkerState.alive, 1)
    entries = session.query(AuditEntry).filter_by(object_type="worker").order_by(AuditEntry.id)
    assert [(entry.action, entry.object_name) for entry in entries] == [
        ("drain", "near:7"),
        ("resume", "near:7"),
    ]


def test_a_drained_worker_leaves_the_jobs_to_others(start, drain, owls, hand_in, claim):
    start()
    start("near:8")
    hand_in(owls)
    drain()
    assert claim(worker="near:7") is None
    assert claim(worker="near:8") is not None


def test_who_does_not_run_is_not_drained(session, start, drain, now):
    with pytest.raises(NotFound, match="got 'nobody:1'"):
        drain("nobody:1")
    start()
    with pytest.raises(Conflict, match="near:7 does not run"):
        drain(at=now + HOUR)
    workers.stop(session, name="near:7", n_done=0, n_faults=0, now=now)
    with pytest.raises(Conflict, match="near:7 does not run"):
        drain()


def test_a_heartbeat_says_what_is_used(start, beat, rows, now):
    start()
    used = Usage(200 << 20, 150.0, 0.92, 0.5, "92 % of the memory of this machine is used.")
    beat(at=now + SECOND, usage=used)
    assert (rows()["near:7"].usage, rows()["near:7"].uptime_s) == (used, 1.0)
