"""A cluster of three Dask workers, a runner that uses it, and tasks."""

from dataclasses import replace

import pytest

from databoard import kits
from databoard.runner import Limits, Runner, TrainingTask
from tests.dask_cluster import Cluster, await_slots
from tests.runner.dask.marked import MARKED, MEAN


@pytest.fixture(scope="session")
def all_hosts(tmp_path_factory, bare_environment):
    with Cluster(tmp_path_factory.mktemp("cluster"), bare_environment) as cluster:
        yield cluster


@pytest.fixture
def far(all_hosts, tmp_path, monkeypatch):
    """A runner whose folds run on three workers that are all there; its own process knows secrets."""
    monkeypatch.setenv("DATABOARD_SECRET_KEY", "the-secret-key-of-the-server-8c1e")
    monkeypatch.setenv("DATABOARD_DB_URL", "postgresql://databoard:password-77f0@localhost/databoard")
    all_hosts.start()
    home = tmp_path / "far"
    with Runner(home=home, jail_mode="bubblewrap", n_parallel=0, scheduler=all_hosts.address) as runner:
        await_slots(runner)
        yield runner


@pytest.fixture(scope="session")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kits") / "marked"
    folder.mkdir()
    (folder / "problem.py").write_text(MARKED)
    return kits.load(folder)


@pytest.fixture
def task_of(marked):
    def make(source=MEAN, **facts):
        files, limits = {"regressor.py": source}, Limits(wall_time_s=60, memory_bytes=512 << 20)
        scores = (("rmse", "rmse"),)
        task = TrainingTask(marked.path, marked.version, kits.folds(marked), files, limits, scores, "rmse")
        return replace(task, **facts)

    return make
