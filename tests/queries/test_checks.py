"""The checks of the site: what is wrong is named in plain words, with the command that fixes it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

import config
from databoard.models import ScheduleRun
from databoard.queries import checks
from databoard.queries.checks import CheckState, Site, work
from databoard.services.base import maintenance
from databoard.services.queue import jobs, workers
from databoard.services.queue.schedule import TICK

OK, WARN, FAIL = CheckState.ok, CheckState.warn, CheckState.fail


@pytest.fixture
def look(session, home, problems, now):
    """Return a function: settings -> checks by name."""

    def look(later=timedelta(0), **settings):
        names = {
            "ENV": "testing",
            "HOME": home,
            "PROBLEMS": problems,
            "SECRET_KEY": "k" * 40,
            "MIN_FREE_BYTES": 0,
        }
        environ = {f"DATABOARD_{name}": str(value) for name, value in {**names, **settings}.items()}
        return {row.name: row for row in checks.run(Site(session, config.load(environ), now + later))}

    return look


@pytest.fixture
def add_worker(session, now):
    def add_worker(name="near:7", *, at=now, level="A", open_layers=""):
        facts = {"host": name.partition(":")[0], "pid": 7, "engine": "local", "n_slots": 2}
        workers.register(session, name=name, jail_level=level, open_layers=open_layers, now=at, **facts)

    return add_worker


def test_a_site_that_works_has_nothing_to_do(look, add_worker):
    add_worker()
    found = look()
    assert {row.state for row in found.values()} == {OK} and checks.is_ready(found.values())
    assert {
        "database",
        "migration",
        "workers",
        "jail",
        "queue",
        "schedule",
        "maintenance",
        "disk",
        "backup",
    } == set(found)


def test_a_database_behind_names_both_revisions_and_the_command(look, session):
    session.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    found = look()
    assert (found["migration"].state, found["migration"].fix) == (FAIL, "python manage.py db upgrade")
    assert f"at revision 0003, this code expects {work.head()}" in found["migration"].text
    assert "workers" not in found and not checks.is_ready(found.values())


def test_dead_workers_and_their_jobs_are_named(look, session, owls, hand_in, claim, add_worker, now):
    hand_in(owls)
    assert (look()["workers"].state, look()["workers"].text) == (FAIL, "No worker runs and 1 job waits.")
    add_worker("far:8")
    claim(worker="far:8")
    later = timedelta(minutes=5)
    add_worker(at=now + later)
    found = look(later)
    assert (found["workers"].state, found["workers"].fix) == (WARN, "fab reap_jobs")
    assert "far:8" in found["workers"].text
    assert (found["queue"].fix, "1 has lost the worker" in found["queue"].text) == ("fab reap_jobs", True)
    jobs.reap(session, now=now + later, lease_s=60)
    assert look(later)["queue"].state is OK


@pytest.mark.parametrize(
    ("facts", "name", "state", "said"),
    [
        ({"open_layers": "The jail is open: tracing."}, "jail", FAIL, "near: The jail is open: tracing."),
        ({"level": "none"}, "jail", WARN, "Isolation is off"),
        ({"at": 30}, "clocks", FAIL, "near:7"),
    ],
)
def test_what_is_wrong_with_a_worker_is_said(look, add_worker, now, facts, name, state, said):
    if "at" in facts:
        facts = {"at": now + timedelta(seconds=facts["at"])}
    add_worker(**facts)
    assert look()[name].state is state and said in look()[name].text and look()[name].fix


def test_a_full_disk_is_no_site_that_can_serve(look):
    found = look(MIN_FREE_BYTES=1 << 50)
    assert (found["disk"].state, found["disk"].fix) == (FAIL, "fab empty_trash")
    assert "nothing is saved, no job is taken" in found["disk"].text and not checks.is_ready(found.values())


def test_what_was_switched_by_hand_is_not_forgotten(look, home, iris_event, session):
    maintenance.turn_on(home, "New disks.")
    iris_event.is_frozen = True
    session.flush()
    found = look()
    assert (found["maintenance"].state, found["maintenance"].fix) == (WARN, "fab maintenance:off")
    assert found["events"].fix == "fab set_event:iris_test,is_frozen=False"


def test_a_schedule_that_nobody_looks_at_is_said_in_production(look, session, now):
    production = {
        "ENV": "production",
        "SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
        "HOSTS": "db.example.org",
    }
    assert (look(**production)["schedule"].state, look(**production)["schedule"].fix) == (WARN, "fab tick")
    run = {"entry_name": TICK, "started_at": now, "ended_at": now, "result": "ok"}
    session.add(ScheduleRun(ran_by="worker near:7", **run))
    session.flush()
    assert "A worker does it" in look(**production)["schedule"].text
    session.add(ScheduleRun(ran_by="near:8", **run))
    session.flush()
    assert look(**production)["schedule"].state is OK
    late = look(timedelta(minutes=6), **production)["schedule"]
    assert late.state is WARN and "Is the cron line there?" in late.text
    assert look()["schedule"].state is OK


def test_strangers_read_no_names_of_machines(look, add_worker):
    add_worker(open_layers="The jail is open.")
    told = checks.public_records(look().values())
    assert "near" not in str(told) and {"check": "jail", "state": "warn", "text": ""} in told
