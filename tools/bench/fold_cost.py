"""What the jail costs, as ratios measured side by side in one run.

    python tools/bench/fold_cost.py [rounds]

(a) two folds of iris through the runner, from the call to the scores, over the same fits in this warm process and
over one ``ramp-test`` process on an equivalent kit written for RAMP; (b) one fold of a random forest on 100,000 rows
of 20 columns over the same fit here; (c) the constant price of a fold; (d) memory of one more fold at the same time;
(e) submissions of iris without a pause, at level B, where user namespaces do not nest, over the same at level A; and
where no zygote can be, as for a kit that starts threads.
The first run of a kit, which starts its zygote, is not counted; it is printed by itself.
"""

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard import kits  # noqa: E402
from databoard.errors import JailError  # noqa: E402
from databoard.jail import processes  # noqa: E402
from databoard.runner import Limits, Runner, TrainingTask, warm_jails  # noqa: E402
from databoard.workflows import calling  # noqa: E402
from tools import bwrap_without_nesting  # noqa: E402
from tools.bench import measuring  # noqa: E402

FOREST = """
import numpy as np
from databoard.scoring import prediction_types, score_types
from databoard.workflows import Estimator

problem_title = "Large"
Predictions = prediction_types.make_multiclass(label_names=[0, 1])
workflow = Estimator()
score_types = [score_types.Accuracy(name="acc")]

def get_cv(X, y):
    rows = np.arange(len(y))
    return [(rows[::2], rows[1::2])]

def _data(seed, n):
    X = np.random.default_rng(seed).normal(size=(n, 20))
    return X, (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)

def get_train_data(path="."):
    return _data(1, 100_000)

def get_test_data(path="."):
    return _data(2, 1000)
"""
FOREST_CODE = b"""
from sklearn.ensemble import RandomForestClassifier

def get_estimator():
    return RandomForestClassifier(n_estimators=10, max_depth=12, random_state=57)
"""
SLEEPER_CODE = b"""
import time

class Sleeper:
    def fit(self, X, y):
        time.sleep(60)

    def predict_proba(self, X):
        return X

def get_estimator():
    return Sleeper()
"""
RAMP = """
import rampwf as rw
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedShuffleSplit

problem_title = "Iris"
Predictions = rw.prediction_types.make_multiclass(label_names=[0, 1, 2])
workflow = rw.workflows.Classifier()
score_types = [rw.score_types.Accuracy(name="acc")]

def get_cv(X, y):
    return StratifiedShuffleSplit(n_splits=2, test_size=0.5, random_state=57).split(X, y)

def get_train_data(path="."):
    X, y = load_iris(return_X_y=True)
    return X[::2], y[::2]

def get_test_data(path="."):
    X, y = load_iris(return_X_y=True)
    return X[1::2], y[1::2]
"""


def main(rounds: int = 15) -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Runner(home=Path(folder) / "home", jail_mode="bubblewrap", n_parallel=2) as runner,
    ):
        small = compare(runner, iris(Path(folder)), rounds)
        ramp_s = ramp_test(Path(folder), max(rounds // 3, 1))
        large = compare(runner, forest(Path(folder)), max(rounds // 3, 3))
        extra_bytes = memory_of_one_more(runner, Path(folder))
    level_a_s, level_b_s, single_s = (back_to_back(walls, rounds) for walls in (nested, held, single_use))
    n_folds = small["n_folds"]
    show("(a) iris, 2 folds to scores", small)
    print(
        f"      one ramp-test process {1000 * ramp_s:9.1f} ms   ours / ramp-test {small['jailed_s'] / ramp_s:.3f}"
    )
    show("(b) random forest, 100,000 x 20, 1 fold", large)
    print(f"(c) price of a fold: {1000 * (small['jailed_s'] - small['plain_s']) / n_folds:.1f} ms")
    print(f"(d) one more fold at the same time: {extra_bytes / 2**20:.1f} MiB, of which 7.6 MiB are its own copy of "
          "the rows that it trains on; X, 15.3 MiB, is shared")  # fmt: skip
    print(f"(e) iris back to back: level A {1000 * level_a_s:.0f} ms, level B {1000 * level_b_s:.0f} ms, "
          f"ratio {level_b_s / level_a_s:.2f}; single use {1000 * single_s:.0f} ms")  # fmt: skip


def show(title: str, found: dict[str, float]) -> None:
    ratio = found["jailed_s"] / found["plain_s"]
    print(
        f"{title}: jailed {1000 * found['jailed_s']:9.1f} ms   in this process {1000 * found['plain_s']:9.1f} ms   "
        f"ratio {ratio:.2f}   first run {1000 * found['first_s']:.0f} ms"
    )


def compare(runner: Runner, task: TrainingTask, rounds: int) -> dict[str, float]:
    """Return medians of jailed and plain runs, taken in turn."""
    kit = kits.load(task.kit_path)
    data, folder = kits.train_data(kit), task.kit_path / "starting_kit"
    first_s = timed(lambda: runner.score(task, runner.train_test(task)))
    plain(kit, data, folder, task)
    jailed, here = [], []
    for _ in range(rounds):
        jailed.append(timed(lambda: runner.score(task, runner.train_test(task))))
        here.append(timed(lambda: plain(kit, data, folder, task)))
    return {
        "jailed_s": statistics.median(jailed), "plain_s": statistics.median(here), "first_s": first_s,
        "n_folds": len(task.folds),
    }  # fmt: skip


def back_to_back(walls: Callable[[], AbstractContextManager[None]], rounds: int) -> float:
    """Return the mean time of one submission of many that follow each other; the first is not counted."""
    with (
        tempfile.TemporaryDirectory() as folder,
        walls(),
        Runner(home=Path(folder) / "home", jail_mode="bubblewrap", n_parallel=2) as runner,
    ):
        task = iris(Path(folder))
        runner.score(task, runner.train_test(task))
        return timed(lambda: [runner.score(task, runner.train_test(task)) for _ in range(rounds)]) / rounds


nested, held = contextlib.nullcontext, bwrap_without_nesting.refused


@contextlib.contextmanager
def single_use() -> Iterator[None]:
    """Have every kit that is new meanwhile do without a zygote."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise JailError("left out")

    with mock.patch.object(warm_jails, "Zygote", refuse):
        yield


def plain(kit: kits.Kit, data: tuple[Any, Any], folder: Path, task: TrainingTask) -> None:
    """Fit and predict every fold here, as the jail does."""
    (X, y), workflow = data, vars(kit.problem)["workflow"]
    for fold in task.folds:
        model = calling.train(workflow, folder, X, y, fold.train_is)
        calling.predict(workflow, model, X)
        calling.predict(workflow, model, kits.test_data(kit)[0])


def timed(work: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def iris(folder: Path) -> TrainingTask:
    path = folder / "iris"
    shutil.copytree(ROOT / "problems" / "iris", path, ignore=shutil.ignore_patterns("data", "__pycache__"))
    kits.prepare(path)
    return task_of(path, kits.starting_kit_files(path))


def forest(folder: Path, code: bytes = FOREST_CODE, name: str = "forest") -> TrainingTask:
    (folder / name / "starting_kit").mkdir(parents=True)
    (folder / name / "problem.py").write_text(FOREST)
    (folder / name / "starting_kit" / "estimator.py").write_bytes(code)
    return task_of(folder / name, {"estimator.py": code})


def task_of(path: Path, files: dict[str, bytes]) -> TrainingTask:
    kit = kits.load(path)
    return TrainingTask(
        path, kit.version, kits.folds(kit), files, Limits(wall_time_s=120), (("acc", "acc"),), "acc"
    )


def ramp_test(folder: Path, rounds: int) -> float:
    """Return the median time of one ``ramp-test`` process on the same model and data."""
    run = ramp_process(folder, (ROOT / "problems/iris/starting_kit/classifier.py").read_bytes())
    times = [timed(run) for _ in range(rounds + 1)]
    return statistics.median(times[1:])


def ramp_process(folder: Path, code: bytes) -> Callable[[], object]:
    """Return what runs one ``ramp-test`` process on `code`; the environment of its kit is built in `folder`."""
    path = folder / "ramp"
    (path / "submissions" / "starting_kit").mkdir(parents=True, exist_ok=True)
    (path / "problem.py").write_text(RAMP)
    (path / "requirements.txt").write_text("ramp-workflow\n")
    (path / "submissions" / "starting_kit" / "classifier.py").write_bytes(code)
    environment = kits.build_environment(folder / "ramp-home", path, say=lambda line: None)
    if environment is None:
        raise SystemExit("The kit has no environment of its own.")
    command = [str(Path(environment.python).with_name("ramp-test")), "--submission", "starting_kit"]
    return lambda: subprocess.run(command, cwd=path, check=True, capture_output=True)


def memory_of_one_more(runner: Runner, folder: Path) -> float:
    """Return how much more memory two sleeping folds take than one; pages that they share count once.

    A fold takes the place of a spare cell, which has some memory of its own. So there are as many cells both times.
    """
    task = forest(folder, SLEEPER_CODE, "sleeper")
    tasks = [
        TrainingTask(**{**vars(task), "folds": tuple(task.folds[0] for _ in range(n_folds))})
        for n_folds in (1, 2)
    ]
    sleeping_bytes(runner, tasks[1])  # the zygote starts and holds its spares
    one, two = (sleeping_bytes(runner, task) for task in tasks)
    return two - one


def sleeping_bytes(runner: Runner, task: TrainingTask) -> int:
    cancelled, asleep = threading.Event(), threading.Semaphore(0)
    await_calm()  # the spares are there
    thread = threading.Thread(
        target=runner.train_test,
        args=(task,),
        kwargs={"on_fold": lambda *_: asleep.release(), "cancelled": cancelled},
    )
    thread.start()
    for _ in task.folds:
        asleep.acquire()
    await_calm()  # the fits are asleep
    below = processes.tree_of(os.getpid(), is_root_counted=False).folders
    used = processes.exact_bytes(below)
    cancelled.set()
    thread.join()
    return used


def await_calm() -> None:
    """Return when the processes below this one have been the same, and used no processor, for a second."""
    last, since_s = (frozenset[int](), 0.0), time.monotonic()
    while time.monotonic() < since_s + 1.0:
        tree = processes.tree_of(os.getpid(), is_root_counted=False)
        if (now := (frozenset(tree.pids), tree.cpu_time_s)) != last:
            last, since_s = now, time.monotonic()
        time.sleep(0.05)


if __name__ == "__main__":
    main(*measuring.numbers(__doc__, rounds=15))
