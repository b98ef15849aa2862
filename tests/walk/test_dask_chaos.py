"""The queue over a Dask cluster under blows: its scheduler, workers and zygotes and the server's workers are killed.

What must hold is what `test_chaos` asks for; a keeper starts again what has died of the cluster, as systemd would.
`make test` hands in 12; `make chaos`, with 200 CHAOS_JOBS, 80.
"""

import os
import threading

import pytest

from tests.dask_cluster import Cluster
from tests.walk import chaos, chaos_findings, processes
from tests.walk.chaos import Crew, Hand, zygotes_of
from tests.walk.chaos_stage import Plan, Stage

N_JOBS = int(os.environ.get("CHAOS_JOBS", "30")) * 2 // 5


class DaskPlan(Plan):
    """Strokes at the cluster instead of the scorers."""

    @property
    def n_each(self):
        return max(1, self.n_jobs // 24)

    @property
    def strokes(self):
        kinds = ["dask", "zygote", "scheduler", "worker"] * self.n_each
        return [(3 * number * self.n_jobs // (4 * len(kinds)), kind) for number, kind in enumerate(kinds)]


class DaskHand(Hand):
    """Also reaches the processes of a cluster."""

    def __init__(self, stage, crew, cluster):
        super().__init__(stage, crew, restart=None)
        self._cluster = cluster

    def _victim(self, kind):
        if kind == "worker":
            return super()._victim(kind)
        scheduler, workers = self._cluster.scheduler, list(self._cluster.workers.values())
        parts = {
            "scheduler": [scheduler.pid],
            "dask": [worker.pid for worker in workers],
            "zygote": [pid for worker in workers for pid in zygotes_of(worker.pid)],
        }
        return self._random.choice(parts[kind]) if self._stage.pids_at_work() and parts[kind] else None


class Keeper(threading.Thread):
    """Starts again what has died of a cluster, until the block ends."""

    def __init__(self, cluster):
        super().__init__()
        self._cluster, self._is_over = cluster, threading.Event()

    def __enter__(self):
        self.start()

    def __exit__(self, *_):
        self._is_over.set()
        self.join()

    def run(self):
        while not self._is_over.wait(0.3):
            self._cluster.start()


@pytest.fixture
def stage(tmp_path):
    """The tiny event on SQLite with everything submitted."""
    stage = Stage(
        DaskPlan(N_JOBS, n_teams=6, n_workers=2), f"sqlite:///{tmp_path / 'databoard.db'}", tmp_path
    )
    stage.fill()
    yield stage
    stage.engine.dispose()


@pytest.mark.shortened
@pytest.mark.timeout(1200)
def test_every_submission_ends_once_whatever_of_the_cluster_is_killed(stage, tmp_path, bare_environment):
    (tmp_path / "cluster").mkdir()
    with processes.adopting_orphans():
        others = processes.descendants_of(os.getpid())
        with Cluster(tmp_path / "cluster", bare_environment) as cluster:
            crew = Crew(stage, {**bare_environment, "DATABOARD_DASK_SCHEDULER": cluster.address})
            hand = DaskHand(stage, crew, cluster)
            try:
                with Keeper(cluster):
                    chaos.run(stage, crew, hand)
            finally:
                codes = crew.stop()
        left = processes.left_below(os.getpid(), others)
    assert (codes, left) == ([0, 0], [])
    assert hand.n_struck == dict.fromkeys(("dask", "zygote", "scheduler", "worker"), stage.plan.n_each)
    for look in (
        chaos_findings.wrong_ends,
        chaos_findings.wrong_counts,
        chaos_findings.wrong_histories,
        chaos_findings.wrong_scores,
        chaos_findings.wrong_boards,
    ):
        assert look(stage) == {}
    assert chaos_findings.overlong(stage) == [] and chaos_findings.leftovers(stage) == []
