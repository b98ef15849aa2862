"""The queue under blows: workers, zygotes and scorers killed at random, the database restarted in the middle.

`make test` hands in 16 and strikes once at each kind of process; `make chaos` hands in 200 (CHAOS_JOBS).
"""

import os

import pytest

from tests.walk import chaos, chaos_findings, processes
from tests.walk.chaos import Crew, Hand
from tests.walk.chaos_stage import Plan, Stage

N_JOBS = os.environ.get("CHAOS_JOBS")
PLAN = Plan(int(N_JOBS)) if N_JOBS else Plan(16, n_teams=6, n_workers=2)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The URL of an empty database, and what restarts it: SQLite lives in the workers and falls with them."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'databoard.db'}", lambda: None
    server = request.getfixturevalue("own_postgres")
    return server.url, server.restart


@pytest.fixture
def stage(database, tmp_path):
    """The tiny event with everything submitted."""
    stage = Stage(PLAN, database[0], tmp_path)
    stage.fill()
    yield stage
    stage.engine.dispose()


@pytest.mark.shortened
@pytest.mark.timeout(1200)
def test_every_submission_ends_once_and_as_it_must_whatever_is_killed(stage, database, bare_environment):
    with processes.adopting_orphans():
        others = processes.descendants_of(os.getpid())
        crew = Crew(stage, bare_environment)
        hand = Hand(stage, crew, restart=database[1])
        try:
            print(chaos.run(stage, crew, hand))
        finally:
            codes = crew.stop()
        assert codes == [0] * PLAN.n_workers
        left = processes.left_below(os.getpid(), others)
        assert [words for words in left if "postgres" not in words] == []  # adopted by this process
    assert sum(hand.n_struck.values()) == len(PLAN.strokes)
    assert chaos_findings.wrong_ends(stage) == {}
    assert chaos_findings.wrong_counts(stage) == {}
    assert chaos_findings.wrong_histories(stage) == {}
    assert chaos_findings.wrong_scores(stage) == {}
    assert chaos_findings.wrong_boards(stage) == {}
    assert chaos_findings.overlong(stage) == []
    assert chaos_findings.leftovers(stage) == []
