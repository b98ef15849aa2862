"""What an engine costs: folds per second of a trivial model through each, against the same call in a plain loop.

    python tools/bench/engine_throughput.py [rounds]

The loop calls ``run_fold``, as the engines do, one fold after the other in this process, jail and all. Both engines
run one fold and two folds at once; the Dask cluster is a worker of two threads on this machine. Rounds alternate in
one run; the ratios are medians.
"""

import contextlib
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard import kits  # noqa: E402
from databoard.errors import EngineLost  # noqa: E402
from databoard.runner import FoldRun, Limits, Runner, TrainingTask  # noqa: E402
from databoard.runner.executors.dask import DaskExecutor  # noqa: E402
from databoard.runner.folds import run_fold  # noqa: E402
from databoard.runner.warm_jails import WarmJails  # noqa: E402
from tools.bench import measuring  # noqa: E402

N_FOLDS, START_WITHIN_S = 40, 60.0
KIT = """
import numpy as np
from databoard.scoring import prediction_types, score_types
from databoard.workflows import Regressor

problem_title = "Trivial"
Predictions = prediction_types.make_regression()
workflow = Regressor()
score_types = [score_types.RMSE(name="rmse")]

def get_cv(X, y):
    rows = np.arange(len(y))
    return [(rows[::2], rows[1::2])]

def _data(seed):
    random = np.random.default_rng(seed)
    return random.normal(size=(200, 5)), random.normal(size=200)

def get_train_data(path="."):
    return _data(1)

def get_test_data(path="."):
    return _data(2)
"""
TRIVIAL = b"""
class Regressor:
    def fit(self, X, y):
        self.mean = y.mean()

    def predict(self, X):
        return self.mean + 0 * X[:, 0]
"""


def main(rounds: int = 7) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder, task = Path(name), trivial(Path(name) / "trivial")
        address = stack.enter_context(cluster(folder))
        ways = {"plain loop": stack.enter_context(plain_loop(folder, task))}
        for n_parallel in (1, 2):
            for engine, scheduler in (("local", ""), ("dask", address)):
                home = folder / f"{engine}-{n_parallel}"
                runner = stack.enter_context(runner_of(home, n_parallel, scheduler))
                ways[f"{engine}, {n_parallel} at once"] = functools.partial(train, runner, task)
        for run in ways.values():
            run()  # starts the zygotes
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, run in ways.items():
                times[way].append(timed(run))
    show(times)


def show(times: dict[str, list[float]]) -> None:
    """Print folds per second of each way, and how often that of the plain loop in the same round."""
    for way, seconds in times.items():
        ratios = [loop_s / own_s for loop_s, own_s in zip(times["plain loop"], seconds, strict=True)]
        speed = N_FOLDS / statistics.median(seconds)
        print(f"{way:18} {speed:7.1f} folds/s   {statistics.median(ratios):5.2f} x the plain loop")


def train(runner: Runner, task: TrainingTask) -> None:
    """Run every fold through an engine."""
    check(runner.train_test(task))


def check(runs: Iterable[FoldRun]) -> None:
    """Refuse to count folds that failed."""
    failed = [run.message for run in runs if run.state != "tested"]
    if failed:
        raise SystemExit(f"{len(failed)} folds failed: {failed[0]}")


@contextlib.contextmanager
def plain_loop(folder: Path, task: TrainingTask) -> Iterator[Callable[[], None]]:
    """Yield what runs every fold by itself, with warm jails of its own."""
    jails = WarmJails(1)
    with runner_of(folder / "loop", 1, "") as runner:
        fold_tasks = runner._preparation.fold_tasks(task)
        yield lambda: check(
            [run_fold(fold_task, lambda state: None, threading.Event(), jails) for fold_task in fold_tasks]
        )
    jails.close()


def runner_of(home: Path, n_parallel: int, scheduler: str) -> Runner:
    """Return a runner of one engine."""
    return Runner(home=home, jail_mode="bubblewrap", n_parallel=n_parallel, scheduler=scheduler)


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Yield the address of a scheduler that has a worker of two threads; both end afterwards."""
    (folder / "scheduler.json").unlink(missing_ok=True)
    options = ["--no-dashboard", "--scheduler-file", str(folder / "scheduler.json")]
    worker = ["--nthreads", "2", "--no-nanny", "--death-timeout", "60", "--local-directory", str(folder)]
    worker += ["--preload", "databoard.runner.executors.dask_worker"]
    names = [name for name in os.environ if name.startswith("DATABOARD_")]
    environment = {name: text for name, text in os.environ.items() if name not in names}
    processes = []
    try:
        for program, words in (("scheduler", ["--host", "127.0.0.1", "--port", "0"]), ("worker", worker)):
            command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *options, *words]
            processes.append(start(command, {**environment, "PYTHONPATH": str(ROOT)}))
        yield await_worker(folder / "scheduler.json")
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a program that says nothing."""
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )


def await_worker(scheduler_file: Path) -> str:
    """Return the address of the scheduler as soon as its worker offers slots."""
    deadline_s = time.monotonic() + START_WITHIN_S
    while not scheduler_file.exists() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    address: str = json.loads(scheduler_file.read_text())["address"]
    engine = DaskExecutor(address)
    try:
        while time.monotonic() < deadline_s:
            with contextlib.suppress(EngineLost):
                engine.n_slots()
                return address
            time.sleep(0.1)
    finally:
        engine.shutdown()
    raise SystemExit(
        "The Dask worker offers no slot; is the jail of this machine closed? Try fab jail_check."
    )


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def trivial(path: Path) -> TrainingTask:
    """Return the task of a kit made for this, of one fold many times."""
    path.mkdir()
    (path / "problem.py").write_text(KIT)
    kit = kits.load(path)
    (fold,) = kits.folds(kit)
    scores = (("rmse", "rmse"),)
    folds = tuple(type(fold)(number, fold.train_is, fold.test_is) for number in range(N_FOLDS))
    return TrainingTask(path, kit.version, folds, {"regressor.py": TRIVIAL}, Limits(), scores, "rmse")


if __name__ == "__main__":
    main(*measuring.numbers(__doc__, rounds=7))
