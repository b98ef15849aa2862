"""Telling those who wait: one worker does it, nobody is told without reason, a fault ends nothing."""

import threading
from datetime import timedelta
from random import Random
from types import SimpleNamespace

import pytest

from databoard.forecasting.rules import PLAIN_RULES
from databoard.models import Job, SubmissionFold, WaitForecast
from databoard.services.queue import workers
from databoard.services.submissions import submit
from databoard.states import JobState, JobStep
from databoard.worker import forecasts
from databoard.worker.forecasts import ForecastThread, forecast_waiting_times
from databoard.worker.lane import Pace

SECOND = timedelta(seconds=1)


@pytest.fixture
def queue(session, owls, charlies, store, now):
    """Six trainings of the owls are over, one submission of charlie's waits, two workers live."""
    for number in range(7):
        team = owls if number < 6 else charlies
        row = submit.submit(session, event_team=team, user=None, name=f"name{number}", store=store, now=now)
        job = row.jobs[0]
        job.step = JobStep.train_test
        if number < 6:
            job.started_at, job.finished_at = now - 900 * SECOND, now - 600 * SECOND
            job.state = JobState.started
            job.state = JobState.success
    session.query(SubmissionFold).update({"train_time_s": 100.0})
    for number in range(2):
        facts = {"host": "host", "pid": 1, "engine": "local", "n_slots": 1, "jail_level": "A"}
        workers.register(session, name=f"w{number}", now=now - (9 - number) * SECOND, **facts)
    session.commit()


@pytest.fixture
def thread(sessions, now):
    """Make the thread of a worker by its name."""
    return lambda name: ForecastThread(
        SimpleNamespace(
            sessions=sessions,
            registration=SimpleNamespace(name=name),
            queue=PLAIN_RULES,
            lease_s=60.0,
            clock=lambda: now,
        )
    )


def test_the_worker_that_lives_longest_tells(queue, thread, session):
    assert thread("w1").forecast() == 0
    assert thread("w0").forecast() == 1
    assert session.query(WaitForecast).count() == 1


def test_the_next_one_tells_when_it_is_gone(queue, thread, session, now):
    workers.stop(session, name="w0", n_done=0, n_faults=0, now=now)
    session.commit()
    assert thread("w0").forecast() == 0
    assert thread("w1").forecast() == 1


def test_a_free_worker_is_told_as_now(queue, sessions, session, now):
    n_told = forecast_waiting_times(sessions, rules=PLAIN_RULES, clock=lambda: now, chance=Random(0))
    row = session.query(WaitForecast).one()
    assert n_told == 1
    assert (row.first_p50_s, row.likely_at) == (0.0, now)


def test_nothing_is_reckoned_when_nothing_waits(queue, sessions, session, now, monkeypatch):
    session.query(Job).filter_by(state=JobState.waiting).update({"state": JobState.cancelled})
    session.commit()
    monkeypatch.setattr(forecasts, "read_snapshot", None)
    assert forecast_waiting_times(sessions, rules=PLAIN_RULES, clock=lambda: now) == 0


def test_the_thread_forecasts_by_itself_and_survives_a_fault(queue, thread, monkeypatch, caplog):
    monkeypatch.setattr(forecasts, "PACE", Pace(0.01))
    worker, calls, is_third = thread("w0"), [], threading.Event()
    forecast = worker.forecast

    def faulty():
        calls.append(forecast() if calls else 0)
        if len(calls) == 1:
            raise RuntimeError("somebody deleted the event")
        if len(calls) == 3:
            is_third.set()

    monkeypatch.setattr(worker, "forecast", faulty)
    with worker:
        assert is_third.wait(30)
    assert calls[1] == 1
    assert "no waiting time was forecast" in caplog.text
