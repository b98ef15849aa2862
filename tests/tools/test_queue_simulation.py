"""The queue played with the server's own code on a real database: what is told holds, nobody is lost."""

import pytest

from databoard.services.base.database import make_engine
from tools.bench import queue_simulation
from tools.bench.queue_report import Outcome, calibration, jain, report

SMALL = "--teams 150 --workers 4 --tell-every 60 --max-events 4000"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of a small course whose teams submit in waves."""
    url = f"sqlite:///{tmp_path_factory.mktemp('queue') / 'queue.db'}"
    options = queue_simulation.parser().parse_args(SMALL.split())
    return queue_simulation.simulate(url, "waves", options, seed=3)


def test_nine_of_ten_start_within_the_p90_that_was_told(outcomes):
    found = calibration(outcomes)
    assert found.n_told > 200
    assert 0.85 <= found.p90_told <= 0.95
    assert 0.85 <= found.p90_all <= 0.95
    assert 0.4 <= found.p50_told <= 0.65


def test_a_worker_does_one_job_at_a_time_and_every_job_once(outcomes):
    events = sorted(
        event for row in outcomes for event in ((row.started_s, 1), (row.started_s + row.duration_s, -1))
    )
    at_once = [sum(step for _, step in events[: n + 1]) for n in range(len(events))]
    assert max(at_once) == 4
    assert all(row.wait_s >= 0.0 for row in outcomes)


def test_a_database_that_holds_something_is_refused(sqlite_url):
    options = queue_simulation.parser().parse_args([])
    with pytest.raises(SystemExit, match="not empty"):
        queue_simulation.simulate(sqlite_url, "steady", options, seed=0)
    make_engine(sqlite_url).dispose()


def test_the_report_counts_who_started_at_once_as_told():
    rows = [Outcome(0, 0.0, 9.0)] * 8 + [Outcome(1, 0.0, 9.0, 50.0, 10.0, 30.0, 60.0)] * 2
    found = calibration(rows)
    assert (found.p50_all, found.p50_told, found.p90_all, found.p90_told) == (0.8, 0.0, 1.0, 1.0)
    assert "10 submissions of 2 teams, 2 waited" in report(rows)


def test_jains_index_is_one_when_all_are_alike_and_small_when_one_has_all():
    assert jain([3.0, 3.0, 3.0]) == pytest.approx(1.0)
    assert jain([1.0, 0.0, 0.0, 0.0]) == pytest.approx(0.25)
