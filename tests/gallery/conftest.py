"""A runner with a real jail, and iris with its data prepared."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from databoard import kits
from databoard.runner import Limits, Runner, TrainingTask

PROJECT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="session")
def iris_path(tmp_path_factory):
    """A copy of the iris kit: tests write no data into the tree."""
    path = tmp_path_factory.mktemp("problems") / "iris"
    shutil.copytree(PROJECT / "problems" / "iris", path, ignore=shutil.ignore_patterns("data"))
    kits.prepare(path)
    return path


@pytest.fixture(scope="session")
def iris(iris_path):
    return kits.load(iris_path)


@pytest.fixture(scope="session")
def small():
    return kits.load(Path(__file__).parent / "small_kit")


@pytest.fixture(scope="session")
def runner(tmp_path_factory):
    """A runner whose process holds secrets, as a worker's does."""
    secrets = {
        "DATABOARD_SECRET_KEY": "a-secret-key",
        "DATABOARD_DB_URL": "postgresql://databoard:secret@db/databoard",
    }
    os.environ.update(secrets)
    home = tmp_path_factory.mktemp("home")
    (home / "databoard.db").write_bytes(b"SQLite format 3\0")
    with Runner(home=home, jail_mode="bubblewrap", n_parallel=2) as runner:
        yield runner
    for name in secrets:
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def task_of(iris):
    """Make a task on the first ``n_folds`` folds of a kit, by default one of iris."""

    def make(files, *, kit=iris, n_folds=1, **limits):
        folds = kits.folds(kit)[:n_folds]
        scores = tuple((score.name, score.name) for score in kit.score_types)
        return TrainingTask(kit.path, kit.version, folds, files, limits_of(**limits), scores, scores[0][0])

    return make


def limits_of(*, wall_time_s=20, cpu_time_s=60, memory_mib=1024, max_processes=64):
    """Limits that keep the gallery quick."""
    return Limits(
        wall_time_s=wall_time_s,
        cpu_time_s=cpu_time_s,
        memory_bytes=memory_mib * MEBIBYTE,
        max_processes=max_processes,
        file_size_bytes=16 * MEBIBYTE,
        disk_bytes=64 * MEBIBYTE,
        log_bytes=8192,
    )


@pytest.fixture(scope="session")
def server_paths():
    """Paths that no participant may read anywhere."""
    return (str(PROJECT), sys.prefix, sys.base_prefix, "/srv/runtime", "/tmp/job")
