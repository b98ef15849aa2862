"""Who waits, at which place, until when; the list of what waits and runs."""

from datetime import timedelta

import pytest

from databoard.forecasting.calibration import Calibration
from databoard.forecasting.forecast import Forecast
from databoard.models import Job
from databoard.queries import records
from databoard.queries import waiting as waiting_queries
from databoard.queries.waiting import Waiting
from databoard.services.queue import wait_forecasts
from databoard.states import JobStep

SECOND = timedelta(seconds=1)


@pytest.fixture
def tell(session, owls, now):
    """Tell a submission, without any calibrated, when it starts."""

    def tell(row, p50_s, p90_s):
        found = {row.jobs[0].id: Forecast(p50_s, p90_s)}
        calibrations = {owls.event_id: Calibration(1.0, 1.0)}
        wait_forecasts.record(session, found, calibrations=calibrations, made_at=now, now=now)

    return tell


def test_who_waits_has_a_place_among_all(session, owls, charlies, hand_in, tell, now):
    rows = [hand_in(team, f"name{n}", at=now + n * SECOND) for n, team in enumerate([owls, owls, charlies])]
    tell(rows[1], 100.0, 200.0)
    found = waiting_queries.waiting(session, [rows[1].id, rows[2].id], now=now + 30 * SECOND)
    assert found == {rows[1].id: Waiting(3, 3, 70.0, 170.0), rows[2].id: Waiting(2, 3)}


def test_who_runs_does_not_wait(session, owls, hand_in, claim, tell, now):
    row = hand_in(owls)
    tell(row, 100.0, 200.0)
    claim()
    assert waiting_queries.waiting(session, [row.id], now=now) == {}


def test_who_arrives_stands_behind_what_is_checked_still(session, owls, charlies, hand_in, now):
    for number, team in enumerate([owls, charlies]):
        hand_in(team, f"name{number}", at=now + number * SECOND)
    session.query(Job).update({"step": JobStep.check})
    newest = hand_in(charlies, "newest", at=now + 5 * SECOND)
    newest.jobs[0].step = JobStep.check
    session.flush()
    assert waiting_queries.on_arrival(session, newest, now=now + 5 * SECOND) == Waiting(3, 3)
    assert waiting_queries.waiting(session, [newest.id], now=now) == {}


def test_the_list_has_what_runs_and_then_what_waits_by_its_turn(
    session, owls, charlies, hand_in, claim, tell, now
):
    for number, team in enumerate([owls, owls, charlies, owls]):
        row = hand_in(team, f"name{number}", at=now + number * SECOND)
    tell(row, 60.0, 90.0)
    claim(now + 5 * SECOND)
    rows = waiting_queries.pending(session, now=now + 10 * SECOND).rows
    assert [(r.submission_name, r.state, r.place) for r in rows] == [
        ("name0", "started", None),
        ("name2", "waiting", 1),
        ("name1", "waiting", 2),
        ("name3", "waiting", 3),
    ]
    assert (rows[0].worker, rows[0].running_s, rows[0].silent_s, rows[0].likely_s) == ("w1", 5.0, 5.0, None)
    assert (rows[3].age_s, rows[3].likely_s, rows[3].latest_s, rows[3].worker) == (7.0, 50.0, 80.0, "")


def test_the_list_has_pages_and_filters(session, owls, iris_event, hand_in, now):
    rows = [hand_in(owls, f"name{number}", at=now + number * SECOND) for number in range(5)]
    session.query(Job).filter_by(submission_id=rows[0].id).update({"step": JobStep.score})
    found = waiting_queries.pending(session, event=iris_event, now=now, page=2, size=2)
    assert (found.number, found.total, len(found.rows)) == (2, 5, 2)
    scoring = waiting_queries.pending(session, step=JobStep.score, now=now).rows
    assert [row.step for row in scoring] == ["score"]


def test_both_take_the_same_queries_whatever_waits(session, owls, hand_in, n_queries, now):
    ids = [hand_in(owls, "name0").id]
    look = lambda: (  # noqa: E731
        waiting_queries.waiting(session, ids, now=now),
        waiting_queries.pending(session, now=now),
    )
    few = n_queries(look)
    ids += [hand_in(owls, f"more{number}").id for number in range(6)]
    assert n_queries(look) == few <= 6


def test_a_record_has_whole_seconds(session, owls, hand_in, now):
    hand_in(owls)
    (row,) = waiting_queries.pending(session, now=now + timedelta(seconds=10.4)).rows
    record = records.pending_record(row)
    assert (record["age_s"], record["place"], record["worker"]) == (10, 1, "")
