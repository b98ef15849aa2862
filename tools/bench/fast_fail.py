"""How soon a broken submission is refused: ``python tools/bench/fast_fail.py`` checks the corpus of the tests.

Each case of ``tests/runner/fast_fail`` runs as the worker's check lane runs it, the first of each kit cold. Prints
the seconds of the check at p50 and p95, and the longest wait with the pause between two looks at the queue.
"""

import argparse
import shutil
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard import kits  # noqa: E402
from databoard.runner import Limits, Runner, TrainingTask  # noqa: E402
from databoard.worker.context import PACE  # noqa: E402

CASES = ROOT / "tests" / "runner" / "fast_fail"


def main() -> None:
    """Check every broken case once and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, help="only so many; default: all")
    n_cases = parser.parse_args().cases
    cases = {
        path.parent: {"kit": "iris"} | tomllib.loads(path.read_text()) for path in CASES.glob("*/*.toml")
    }
    broken = sorted((case["kit"], path) for path, case in cases.items() if "passes" not in case)[:n_cases]
    seconds, passed = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        Runner(home=Path(folder) / "home", jail_mode="bubblewrap", n_parallel=1) as runner,
    ):
        for name, path in broken:
            task = task_of(Path(folder) / name, name, path)
            started_s = time.perf_counter()
            run = runner.check(task)
            seconds.append(time.perf_counter() - started_s)
            passed += [path.name] if run is None else []
    p50, p95 = np.percentile(seconds, [50, 95])
    print(f"{len(broken)} broken submissions, {len(passed)} not refused {passed or ''}")
    print(f"check: p50 {p50:.2f} s, p95 {p95:.2f} s, longest {max(seconds):.2f} s")
    print(
        f"from submit to refusal with up to {PACE.every_s:g} s between two looks: "
        f"p95 at most {p95 + PACE.every_s:.2f} s"
    )


def task_of(kit_path: Path, name: str, case: Path) -> TrainingTask:
    """Return the task of a case; its kit is prepared on first use."""
    if not kit_path.exists():
        shutil.copytree(ROOT / "problems" / name, kit_path, ignore=shutil.ignore_patterns("data"))
        kits.prepare(kit_path)
    kit = kits.load(kit_path)
    files = kits.starting_kit_files(kit_path)
    own = (path for path in case.iterdir() if path.name != "expect.toml")
    files |= {path.name.removesuffix(".broken"): path.read_bytes() for path in own}
    return TrainingTask(kit.path, kit.version, kits.folds(kit), files, Limits(wall_time_s=60), (), "")


if __name__ == "__main__":
    main()
