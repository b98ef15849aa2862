"""What those who wait are told: read from the queue, recorded, learnt from."""

from datetime import timedelta
from random import Random

import pytest

from databoard.forecasting import forecast
from databoard.forecasting.calibration import Calibration
from databoard.forecasting.forecast import Forecast
from databoard.forecasting.rules import QueueRules
from databoard.models import EventTeam, Job, Submission, WaitForecast
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.queue import jobs, order, wait_forecasts
from databoard.services.queue.snapshot import read_snapshot
from databoard.states import ErrorCode, JobState, SubmissionState

SECOND = timedelta(seconds=1)
RULES = QueueRules(team_jobs=2)
PLAIN = {}


@pytest.fixture
def add_done(session, hand_in, claim, now):
    """Let a submission train for so many seconds and end `ago` seconds before now."""

    def add_done(event_team, name, *, seconds=100.0, ago=7200.0, state=JobState.success, code=None):
        end = now - ago * SECOND
        row = hand_in(event_team, name, at=end - seconds * SECOND)
        held = claim(end - seconds * SECOND)
        for fold in row.folds:
            fold.train_time_s = seconds
        row.state, row.finished_at = SubmissionState.training_error, end
        jobs.finish(session, session.get(Job, held.job_id), state=state, error_code=code, now=end)
        session.flush()
        return row

    return add_done


@pytest.fixture
def tell(session, now):
    """Record a forecast for all that waits, as the worker does."""

    def tell(p50_s, p90_s, at=now, calibrations=PLAIN):
        ids = session.query(Job.id).filter(Job.state == JobState.waiting)
        found = {job_id: Forecast(p50_s, p90_s) for (job_id,) in ids}
        return wait_forecasts.record(session, found, calibrations=calibrations, made_at=at, now=at)

    return tell


# The queue as it is


def test_the_snapshot_tells_who_waits_and_who_runs(session, owls, charlies, hand_in, claim, add_workers, now):
    add_workers(3)
    hand_in(owls, "aaaa", at=now - 60 * SECOND)
    claim(now - 50 * SECOND)
    row = hand_in(charlies, "bbbb", at=now - 40 * SECOND)
    found = read_snapshot(session, rules=RULES, now=now)
    assert (found.n_workers, found.cap) == (3, 2)
    assert [(job.team_id, job.elapsed_s) for job in found.running] == [(owls.team_id, 50.0)]
    assert [(job.job_id, job.team_id, job.created_s) for job in found.waiting] == [
        (row.jobs[0].id, charlies.team_id, -40.0)
    ]
    (arrivals,) = found.arrivals
    assert arrivals.team_ids == (charlies.team_id, owls.team_id)
    assert sorted(arrivals.all_team_ids) == sorted([charlies.team_id, owls.team_id])
    assert arrivals.closes_in_s == 7 * 24 * 3600.0


def test_the_past_holds_what_ended_by_itself(session, owls, add_done, now):
    add_done(owls, "aaaa", seconds=100.0)
    add_done(owls, "bbbb", seconds=30.0, state=JobState.error, code=ErrorCode.training_error)
    add_done(owls, "cccc", state=JobState.error, code=ErrorCode.worker_lost)
    add_done(owls, "dddd", state=JobState.cancelled, code=ErrorCode.cancelled)
    past = read_snapshot(session, rules=RULES, now=now).past
    n_folds = len(owls.event.cv_folds)
    assert [(job.duration_s, job.compute_s) for job in past] == [
        (100.0, 100.0 * n_folds),
        (30.0, 30.0 * n_folds),
    ]


def test_compute_is_that_of_the_last_hour(session, owls, add_done, now):
    add_done(owls, "aaaa", seconds=100.0, ago=3000.0)
    add_done(owls, "bbbb", seconds=100.0, ago=3700.0)
    compute = read_snapshot(session, rules=RULES, now=now).compute
    assert compute == ((owls.team_id, 3000.0, 100.0 * len(owls.event.cv_folds)),)


def test_the_forecast_starts_jobs_in_the_order_of_their_places(
    session, owls, charlies, hand_in, add_done, add_workers, now
):
    for number in range(5):
        add_done(owls, f"past{number}", ago=600.0)
    add_workers(1)
    rows = [hand_in(team, f"name{n}", at=now) for n, team in enumerate([owls, charlies, owls, charlies])]
    rows[2].jobs[0].priority = 1
    session.flush()
    snapshot = read_snapshot(session, rules=RULES, now=now)
    told = forecast.forecast(snapshot, Random(0))
    places = order.positions(session, [row.id for row in rows], now=now)
    by_place = sorted(rows, key=lambda row: places[row.id])
    starts = [told[row.jobs[0].id].p50_s for row in by_place]
    assert starts == sorted(starts)
    assert len(set(starts)) == 4


def test_a_snapshot_takes_the_same_queries_whatever_waits(session, owls, hand_in, n_queries, now):
    hand_in(owls, "aaaa")
    look = lambda: read_snapshot(session, rules=RULES, now=now)  # noqa: E731
    few = n_queries(look)
    for number in range(6):
        hand_in(owls, f"more{number}")
    assert n_queries(look) == few <= 8


# What is told


def test_what_is_told_is_stretched_and_told_again(session, owls, hand_in, tell, now):
    hand_in(owls)
    assert tell(100.0, 300.0, calibrations={owls.event_id: Calibration(1.0, 2.0)}) == 1
    row = session.query(WaitForecast).one()
    assert (row.first_p50_s, row.first_p90_s) == (100.0, 300.0)
    assert (row.likely_at, row.latest_at) == (now + 100 * SECOND, now + 615 * SECOND)
    tell(50.0, 60.0, now + 10 * SECOND, calibrations={owls.event_id: Calibration(1.0, 1.0)})
    session.refresh(row)
    assert (row.made_at, row.first_p50_s) == (now, 100.0)
    assert (row.likely_at, row.latest_at) == (now + 60 * SECOND, now + 70 * SECOND)


def test_who_has_started_meanwhile_is_told_nothing(session, owls, hand_in, claim, now):
    job_id = hand_in(owls).jobs[0].id
    claim()
    told = {job_id: Forecast(1.0, 2.0)}
    assert wait_forecasts.record(session, told, calibrations={}, made_at=now, now=now) == 0


def test_what_was_told_is_forgotten_in_time(session, owls, hand_in, tell, claim, now):
    hand_in(owls)
    tell(1.0, 2.0)
    claim()
    tell(1.0, 2.0, now + wait_forecasts.KEPT_FOR + SECOND)
    assert session.query(WaitForecast).count() == 0


def test_telling_hides_no_job_from_the_workers(postgres_copy, now):
    """A row that names a job locks its key; a claim must not pass it over for that."""
    engine = make_engine(postgres_copy)
    sessions = session_factory(engine)
    with transaction(sessions) as session:
        event_team = session.query(EventTeam).first()
        row = Submission(event_team_id=event_team.id, name="first", slug="first", submitted_at=now)
        session.add(row)
        session.flush()
        job = jobs.enqueue(session, submission=row, now=now)
        session.flush()
        job_id = job.id
    with sessions() as telling, sessions() as claiming:
        wait_forecasts.record(telling, {job_id: Forecast(1.0, 2.0)}, calibrations={}, made_at=now, now=now)
        telling.flush()
        assert jobs.claim_next(claiming, worker="w1", now=now).job_id == job_id
    engine.dispose()


# What is learnt


def test_the_next_forecasts_follow_what_others_waited(session, owls, hand_in, tell, claim, now):
    """Told 60 s, waited 5 minutes: the calibrated leaves what an event begins with."""
    hand_in(owls, "once")
    tell(60.0, 60.0)
    begins = wait_forecasts.calibrations(session, now=now)[owls.event_id].p90
    for number in range(40):
        hand_in(owls, f"name{number}")
    tell(60.0, 60.0)
    while claim(now + 300 * SECOND):
        pass
    learnt = wait_forecasts.calibrations(session, now=now + 301 * SECOND)[owls.event_id]
    assert learnt.p90 == pytest.approx(315.0 / 75.0)
    assert learnt.p90 > 2 * begins


def test_a_job_that_was_handed_back_teaches_nothing(session, owls, hand_in, tell, claim, now):
    hand_in(owls)
    tell(60.0, 60.0)
    held = claim(now + 10 * SECOND)
    jobs.hand_back(session, session.get(Job, held.job_id), code=ErrorCode.worker_lost, log="", now=now)
    session.flush()
    assert wait_forecasts.calibrations(session, now=now + 3600 * SECOND) == {}
