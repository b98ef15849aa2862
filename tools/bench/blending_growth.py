"""How the cost of blending grows: 200, 2,000 and 20,000 submissions of a small problem.

    python tools/bench/blending_growth.py
    python tools/bench/blending_growth.py --quick         two small sizes, one round

The problem is of the size of iris: 2 folds, 120 points, 3 classes. Predictions lie on disk as the worker keeps them;
reading them is part of every figure. *All* selects from the beginning. *One more* is a weak submission after a
blending, which the worker blends with what it remembers. All sizes take turns.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard.scoring.prediction_types import make_multiclass  # noqa: E402
from databoard.scoring.score_types import NegativeLogLikelihood  # noqa: E402
from tools.bench import blending_cost, measuring  # noqa: E402
from tools.bench.measuring import Spread  # noqa: E402

N_POINTS, N_FOLDS, N_CLASSES = 120, 2, 3


def main() -> None:
    """Measure what the command line asks for and print a table."""
    options = parser().parse_args()
    sizes, rounds = ([20, 40], 1) if options.quick else (options.sizes, options.rounds)
    measuring.say_facts()
    rng = np.random.default_rng(57)
    with tempfile.TemporaryDirectory(prefix="databoard-bench-") as name:
        home, truth = Path(name), problem(rng)
        made = partial(submitted, rng, truth)
        runs = {f"{k}/run": made(blending_cost.ORDINARY, home / str(k)) for k in range(max(sizes))}
        newcomer = {"new/run": made(blending_cost.WEAK, home / "new")}
        ways: dict[str, Callable[[], float]] = {}
        for size in sizes:
            some, memory = dict(list(runs.items())[:size]), home / f"memory-{size}.json"
            blending_cost.timed(truth, some, memory)
            ways[f"all {size}"] = partial(blend, truth, some, None)
            ways[f"one more {size}"] = partial(blend, truth, some | newcomer, memory)
        found = measuring.in_turns(ways, rounds=rounds)
    head = ["blending [s]", *(f"{size:,}" for size in sizes), "cost"]
    print(measuring.table(head, [row(title, sizes, found) for title in ("all", "one more")]))


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--sizes", type=int, nargs="+", default=list(measuring.SIZES), help="of submissions")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--quick", action="store_true", help="one round of two small sizes")
    return words


def problem(rng: np.random.Generator) -> dict[str, Any]:
    """Return labels, folds and scores of a small problem, as `blend_stored` takes them."""
    labels = np.array([f"class {number}" for number in range(N_CLASSES)])
    halves = [rng.permutation(N_POINTS)[: N_POINTS // 2] for _ in range(N_FOLDS)]
    y = labels[rng.integers(0, N_CLASSES, N_POINTS)]
    return {
        "predictions_class": make_multiclass(list(labels)),
        "score_types": {"nll": NegativeLogLikelihood()},
        "official": "nll",
        "y_train": y,
        "y_test": y,
        "folds": [SimpleNamespace(number=k, test_is=half) for k, half in enumerate(halves)],
    }


def submitted(rng: np.random.Generator, truth: dict[str, Any], sure: float, folder: Path) -> Path:
    """Keep predictions that are right more often the surer they are; return their folder."""
    numbers = np.unique(truth["y_train"], return_inverse=True)[1]
    path: Path = blending_cost.submitted(rng, numbers, truth["folds"], N_CLASSES, sure, folder)
    return path


def blend(truth: dict[str, Any], runs: dict[str, Path], memory: Path | None) -> float:
    """Return the seconds of one blending; what it remembers is dropped again."""
    kept = memory and memory.with_suffix(".copy")
    if memory and kept:
        shutil.copy(memory, kept)
    seconds: float = blending_cost.timed(truth, runs, kept)[0]
    return seconds


def row(title: str, sizes: Sequence[int], found: dict[str, list[float]]) -> list[str]:
    """Return a row of the table."""
    spreads = [Spread.of(found[f"{title} {size}"]) for size in sizes]
    growth = measuring.growth(sizes, [spread.median for spread in spreads])
    return [title, *(spread.text(3) for spread in spreads), growth]


if __name__ == "__main__":
    main()
