"""The queue played forward: what starts when, by hand where chance is small."""

import time
from dataclasses import replace
from random import Random

import pytest

from databoard.forecasting.durations import EventDurations, PastJob
from databoard.forecasting.forecast import forecast
from databoard.forecasting.snapshot import Arrivals, RunningJob, Snapshot, WaitingJob

EVENT = 7
#: Every training takes 100 s: what is left to chance is a few seconds.
ALIKE = tuple(PastJob(EVENT, team, 100.0, 100.0) for team in range(30) for _ in range(10))
BUSY = RunningJob(EVENT, 900, 0.0)


def waiting(job_id, team_id, **facts):
    return WaitingJob(job_id, EVENT, team_id, facts.pop("priority", 0), -100.0 + job_id, **facts)


def told(snapshot, seed=0):
    return forecast(snapshot, Random(seed))


def test_a_free_worker_takes_the_first_at_once():
    found = told(Snapshot(1, None, (waiting(1, 1), waiting(2, 2)), past=ALIKE))
    assert (found[1].p50_s, found[1].p90_s) == (0.0, 0.0)
    assert found[2].p50_s == pytest.approx(100.0, rel=0.1)


def test_each_waits_for_those_before_it():
    found = told(Snapshot(2, None, tuple(waiting(n, n) for n in range(1, 8)), (BUSY, BUSY), ALIKE))
    assert [round(found[n].p50_s / 100.0) for n in range(1, 8)] == [1, 1, 2, 2, 3, 3, 4]


def test_a_job_that_runs_since_a_minute_has_the_rest_before_it():
    running = (RunningJob(EVENT, 900, 60.0),)
    assert told(Snapshot(1, None, (waiting(1, 1),), running, ALIKE))[1].p50_s == pytest.approx(40.0, rel=0.2)


def test_a_team_at_its_cap_waits_for_its_own_job():
    queue = (waiting(1, 1), waiting(2, 1), waiting(3, 2))
    found = told(Snapshot(3, 1, queue, past=ALIKE))
    assert (found[1].p50_s, found[3].p50_s) == (0.0, 0.0)
    assert found[2].p50_s == pytest.approx(100.0, rel=0.1)


def test_scoring_does_not_wait_for_the_cap():
    queue = (waiting(1, 1), waiting(2, 1, is_training=False))
    assert told(Snapshot(2, 1, queue, past=ALIKE))[2].p90_s == 0.0


def test_priority_and_compute_decide_before_age():
    queue = (waiting(1, 1), waiting(2, 2), waiting(3, 3, priority=1))
    found = told(Snapshot(1, None, queue, (BUSY,), ALIKE, compute=((1, 60.0, 500.0),)))
    assert found[3].p50_s < found[2].p50_s < found[1].p50_s


def test_compute_is_forgotten_after_an_hour():
    queue = (waiting(1, 1), waiting(2, 2))
    found = told(Snapshot(1, None, queue, (BUSY,), ALIKE, compute=((1, 3590.0, 500.0),)))
    assert found[1].p50_s < found[2].p50_s


def test_a_team_that_trains_long_holds_up_those_behind_it():
    slow = tuple(PastJob(EVENT, 900, 2000.0, 2000.0) for _ in range(20))
    behind = Snapshot(1, None, (waiting(1, 1),), (BUSY,), ALIKE + slow)
    other = replace(behind, running=(RunningJob(EVENT, 5, 0.0),))
    assert told(behind)[1].p50_s > 10 * told(other)[1].p50_s


def test_who_comes_later_overtakes_a_team_that_computed_much():
    teams = tuple(range(100, 300))
    came = [(team, 10.0 * n) for n, team in enumerate(teams)]
    arrivals = Arrivals.of(EVENT, window_s=3600.0, came=came, all_team_ids=teams, closes_in_s=1800.0)
    alone = Snapshot(1, None, (waiting(1, 1),), (BUSY,), ALIKE, compute=((1, 60.0, 500.0),))
    assert told(replace(alone, arrivals=(arrivals,)))[1].p50_s > 5 * told(alone)[1].p50_s


def test_a_flood_of_one_team_is_one_arrival():
    came = [(1, 5.0 + n) for n in range(50)] + [(2, 400.0), (1, 500.0)]
    found = Arrivals.of(EVENT, window_s=3600.0, came=came, all_team_ids=(1, 2), closes_in_s=None)
    assert found.team_ids == (1, 2, 1)


def test_nothing_is_told_without_a_worker_or_without_a_past():
    queue = (waiting(1, 1),)
    assert told(Snapshot(0, None, queue, past=ALIKE)) == {}
    assert told(Snapshot(1, None, queue, past=ALIKE[:4])) == {}
    assert told(Snapshot(1, None, (), past=ALIKE)) == {}


def test_the_same_chance_gives_the_same_forecast():
    snapshot = Snapshot(2, None, tuple(waiting(n, n) for n in range(1, 30)), (BUSY, BUSY), ALIKE)
    assert told(snapshot, 3) == told(snapshot, 3)
    assert told(snapshot, 3) != told(snapshot, 4)


def test_two_thousand_that_wait_are_told_within_seconds():
    """Half a second on a quiet machine; the limit is for a busy one."""
    queue = tuple(waiting(n, n % 700) for n in range(1, 2001))
    came = [(n % 700, 9.0 * n) for n in range(400)]
    arrivals = Arrivals.of(EVENT, window_s=3600.0, came=came, all_team_ids=range(700), closes_in_s=7200.0)
    started_s = time.process_time()
    found = told(Snapshot(16, 2, queue, (BUSY,) * 16, ALIKE, arrivals=(arrivals,)))
    assert len(found) == 2000
    assert time.process_time() - started_s < 4.0


# Durations


def test_a_team_without_a_past_takes_as_long_as_the_others():
    known = EventDurations(ALIKE)
    chance = Random(0)
    drawn = sorted(known.draw(known.draw_team(12345, 0.0, chance), chance) for _ in range(999))
    assert drawn[499] == pytest.approx(100.0, rel=0.05)


def test_what_is_left_of_a_job_longer_than_any_is_about_as_long_again():
    known, chance = EventDurations(ALIKE), Random(0)
    left = sorted(known.draw_running(1, 0.0, 5000.0, chance)[1] for _ in range(999))
    assert left[499] == pytest.approx(5000.0, rel=0.2)


def test_what_runs_long_counts_in_a_young_event_only():
    few = ALIKE[:50]
    long = [(500 + n, 2000.0) for n in range(10)]
    chance = Random(0)

    def middle(known):
        return sorted(known.draw(known.draw_team(12345, 0.0, chance), chance) for _ in range(999))[499]

    assert middle(EventDurations(few, long)) > 1.3 * middle(EventDurations(few))
    assert middle(EventDurations(ALIKE, long)) == pytest.approx(middle(EventDurations(ALIKE)), rel=0.05)
