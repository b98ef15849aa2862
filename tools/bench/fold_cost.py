"""What the jail costs: the iris folds through the runner, against the same fits in this process, in one run.

    python tools/bench/fold_cost.py [rounds]

Prints both medians and their ratio. A fresh jail imports the libraries for every fold, so the ratio is large for a
model as small as this; the absolute difference is the price of a fold.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard import kits  # noqa: E402
from databoard.runner import Limits, Runner, TrainingTask  # noqa: E402


def main(rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "iris"
        shutil.copytree(
            ROOT / "problems" / "iris", path, ignore=shutil.ignore_patterns("data", "__pycache__")
        )
        kits.prepare(path)
        kit = kits.load(path)
        task = TrainingTask(
            kit_path=path,
            kit_version=kit.version,
            folds=kits.folds(kit),
            files=kits.starting_kit_files(path),
            limits=Limits(wall_time_s=60),
            scores=(("acc", "acc"),),
            official="acc",
        )
        with Runner(home=Path(folder) / "home", jail_mode="bubblewrap", n_parallel=1) as runner:
            jailed, plain = [], []
            for _ in range(rounds + 1):
                jailed.append(timed(lambda: runner.train_test(task)))
                plain.append(timed(lambda: fit_here(kit, path, task)))
    jailed_s, plain_s = statistics.median(jailed[1:]), statistics.median(plain[1:])
    n_folds = len(task.folds)
    print(f"iris, {n_folds} folds one after the other, median of {rounds} rounds after a warm-up")
    print(
        f"  jailed {1000 * jailed_s:8.1f} ms   in this process {1000 * plain_s:8.1f} ms   "
        f"ratio {jailed_s / plain_s:6.1f}   price of a fold {1000 * (jailed_s - plain_s) / n_folds:7.1f} ms"
    )


def timed(work) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def fit_here(kit, path: Path, task: TrainingTask) -> None:
    """Train and predict every fold without any jail."""
    (X, y), (X_test, _) = kits.train_data(kit), kits.test_data(kit)
    workflow = kit.problem.workflow
    for fold in task.folds:
        model = workflow.train_submission(str(path / "starting_kit"), X, y, train_is=fold.train_is)
        workflow.test_submission(model, X)
        workflow.test_submission(model, X_test)


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
