"""The schedule: what is due runs once, whatever is killed or fails meanwhile."""

import threading
from datetime import timedelta

import pytest

import config
from databoard.errors import NotFound
from databoard.models import ScheduleEntry
from databoard.ops.schedule import entries
from databoard.ops.schedule.entries import Entry
from databoard.ops.schedule.tick import tick
from databoard.queries import schedule as schedule_queries
from databoard.services.queue import schedule


@pytest.fixture
def environ(database_url, home, problems, pg_bin):
    return {
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_PG_BIN": str(pg_bin),
    }


@pytest.fixture
def settings(environ):
    return config.load(environ)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def hourly(calls):
    """An entry that is due at each full hour and counts its runs."""

    def run(config, now):
        calls.append(now)
        return f"run {len(calls)}"

    return Entry("hourly", "Counts.", "0 * * * *", run)


def names(done):
    return [(ran.name, ran.result) for ran in done]


def test_an_entry_runs_when_it_is_due_and_not_again_before_it_is_due_again(settings, hourly, calls, now):
    look = lambda **after: names(tick(settings, now=now + timedelta(**after), entries=[hourly]))  # noqa: E731
    assert look() == []  # planned now
    assert look(minutes=59) == []
    assert look(minutes=60) == [("hourly", "ok")]
    assert look(minutes=61) == []


def test_runs_that_were_missed_are_caught_up_once(settings, hourly, calls, now):
    tick(settings, now=now, entries=[hourly])
    late = now + timedelta(days=3)
    assert names(tick(settings, now=late, entries=[hourly])) == [("hourly", "ok")]
    assert names(tick(settings, now=late + timedelta(minutes=5), entries=[hourly])) == []
    assert len(calls) == 1


def test_two_ticks_at_once_run_what_is_due_once(settings, now, calls):
    both, done = threading.Barrier(2), []

    def run(config, now):
        calls.append(now)
        return ""

    entry = Entry("slow", "Counts.", "0 * * * *", run)
    tick(settings, now=now, entries=[entry])

    def look():
        both.wait()
        done.append(tick(settings, now=now + timedelta(hours=1), entries=[entry]))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert sum(bool(ran) for ran in done) == 1  # the other found nothing due, or another tick at work


def test_what_a_killed_tick_had_claimed_is_due_again_after_its_hold(settings, sessions, hourly, calls, now):
    tick(settings, now=now, entries=[hourly])
    due = now + timedelta(hours=1)
    facts = {"by": "gone:1", "now": due, "next_due_at": due + timedelta(hours=1)}
    with sessions.begin() as session:
        assert schedule.claim(session, "hourly", hold=timedelta(minutes=30), **facts)
        assert not schedule.claim(session, "hourly", hold=timedelta(minutes=30), **facts | {"by": "other:2"})
    assert names(tick(settings, now=due + timedelta(minutes=29), entries=[hourly])) == []
    assert names(tick(settings, now=due + timedelta(minutes=31), entries=[hourly])) == [("hourly", "ok")]


def test_one_that_fails_is_told_and_the_others_run(settings, sessions, hourly, now):
    def fail(config, now):
        raise OSError("the disk is away")

    broken = Entry("broken", "Fails.", "0 * * * *", fail)
    tick(settings, now=now, entries=[broken, hourly])
    done = tick(settings, now=now + timedelta(hours=1), entries=[broken, hourly])
    assert sorted(names(done)) == [("broken", "failed"), ("hourly", "ok")]
    with sessions() as session:
        assert schedule_queries.failed(session)[0] == ("broken", "the disk is away")
        assert (
            schedule_queries.last_tick(session).by == schedule_queries.last_tick(session, but_by="worker ").by
        )


def test_the_settings_change_times_and_switch_off(environ, settings, sessions, hourly, now):
    changed = config.load(environ | {"DATABOARD_SCHEDULE": "hourly=30 * * * *"})
    tick(settings, now=now, entries=[hourly])
    tick(changed, now=now, entries=[hourly])
    with sessions() as session:
        row = session.query(ScheduleEntry).filter_by(name="hourly").one()
        assert (row.cron, row.next_due_at) == ("30 * * * *", now + timedelta(minutes=30))
    off = config.load(environ | {"DATABOARD_SCHEDULE": "hourly=off"})
    assert names(tick(off, now=now + timedelta(days=1), entries=[hourly])) == []


def test_a_dry_run_changes_nothing_and_only_runs_one(settings, hourly, calls, now):
    tick(settings, now=now, entries=[hourly])
    later = now + timedelta(hours=2)
    assert names(tick(settings, now=later, entries=[hourly], is_dry_run=True)) == [("hourly", "due")]
    assert calls == []
    assert names(tick(settings, now=now, entries=[hourly], only="hourly")) == [("hourly", "ok")]
    with pytest.raises(NotFound, match="hourly"):
        tick(settings, now=later, entries=[hourly], only="nothing")


def test_every_entry_of_the_server_runs(settings, sessions, iris_event, now):
    tick(settings, now=now)
    for entry in entries.ENTRIES:
        ((name, result),) = names(tick(settings, now=now, only=entry.name))
        assert (name, result) == (entry.name, "ok")
