"""What blending costs: all of it the plain way, all of it by running sums, and one more submission; in one run.

    python tools/bench/blending_cost.py [submissions] [folds] [points] [classes]

Predictions lie on disk as the worker keeps them; reading them is part of every figure. The plain way combines the
whole multiset again for every addition, as the specification has it; it is timed on one fold, times the folds, unless
the last argument is the word ``whole``. The newcomer that wins is the best of all, so every path changes at its first
step: the dearest case.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard.runner import save_predictions  # noqa: E402
from databoard.runner.scorer.ensemble_cache import StoredLibrary, blend_stored  # noqa: E402
from databoard.scoring.folds import FoldPredictions  # noqa: E402
from databoard.scoring.greedy import PlainPool, select  # noqa: E402
from databoard.scoring.prediction_types import make_multiclass  # noqa: E402
from databoard.scoring.score_types import NegativeLogLikelihood  # noqa: E402
from tools.bench import measuring  # noqa: E402

#: How sure the submissions are of the right class: the ordinary ones, a weak newcomer, a strong one.
ORDINARY, WEAK, STRONG = 1.2, 0.3, 2.0
#: What the scorer knows, and the folder of each run.
Truth = dict[str, Any]
Runs = dict[str, Path]


def main(
    n_submissions: int = 100,
    n_folds: int = 8,
    n_points: int = 5000,
    n_classes: int = 4,
    *,
    is_whole: bool = False,
) -> None:
    rng = np.random.default_rng(57)
    labels = [f"class {number}" for number in range(n_classes)]
    y = rng.integers(0, n_classes, n_points)
    folds = [
        SimpleNamespace(number=k, test_is=rng.permutation(n_points)[: n_points // 2]) for k in range(n_folds)
    ]
    truth = {
        "predictions_class": make_multiclass(labels),
        "score_types": {"nll": NegativeLogLikelihood()},
        "official": "nll",
        "y_train": np.array(labels)[y],
        "y_test": np.array(labels)[y],
        "folds": folds,
    }
    print(
        f"{n_submissions} submissions, {n_folds} folds, {n_points} points, half of them validated, "
        f"{n_classes} classes, NLL, largest size 80"
    )
    with tempfile.TemporaryDirectory() as home:
        runs = {}
        for place in range(n_submissions):
            runs[f"{place}/run"] = submitted(rng, y, folds, n_classes, ORDINARY, Path(home) / str(place))
        newcomers = {
            kind: {**runs, "new/run": submitted(rng, y, folds, n_classes, sure, Path(home) / kind)}
            for kind, sure in (("weak", WEAK), ("ordinary", ORDINARY), ("wins", STRONG))
        }
        report(truth, runs, newcomers, Path(home), n_folds if is_whole else 1)


def submitted(
    rng: np.random.Generator,
    y: np.ndarray[Any, Any],
    folds: list[SimpleNamespace],
    n_classes: int,
    sure: float,
    folder: Path,
) -> Path:
    """Keep predictions that are right more often the surer they are; return their folder."""
    kept = []
    for fold in folds:
        logits = rng.normal(0, 1.5, (len(y), n_classes)) + sure * np.eye(n_classes)[y]
        probabilities = np.exp(logits)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        kept.append(FoldPredictions(fold.number, probabilities, probabilities))
    save_predictions(folder, kept)
    return folder


def report(truth: Truth, runs: Runs, newcomers: dict[str, Runs], home: Path, n_plain: int) -> None:
    """Time every way on the same predictions, check that results are equal, print figures and ratios."""
    memory = home / "memory.json"
    plain_s, plain_paths = plain(truth, runs, n_plain)
    whole_s, whole = timed(truth, runs, memory)
    sizes = [round(1 / min(s for s in shares.values() if s)) for shares in whole.fold_contributivity.values()]
    again_s, again = timed(truth, runs, memory)
    require(again == whole)
    for number, members in plain_paths.items():
        shares = {run: members.count(run) / len(members) for run in runs}
        require(shares == whole.fold_contributivity[number])
    n_folds = len(truth["folds"])
    print(f"  all, plain            {plain_s:9.2f} s   (from {n_plain} of {n_folds} folds)")
    print(f"  all, running sums     {whole_s:9.2f} s   plain / this {plain_s / whole_s:7.1f}")
    print(f"  nothing new           {again_s:9.3f} s   all / this   {whole_s / again_s:7.1f}")
    for kind, more in newcomers.items():
        kept = home / f"memory-{kind}.json"
        shutil.copy(memory, kept)
        one_s, one = timed(truth, more, kept)
        anew_s, anew = timed(truth, more, None)
        require(one == anew)
        print(
            f"  newcomer, {kind:12}{one_s:9.3f} s   all / this   {anew_s / one_s:7.1f}   "
            f"share of all {one_s / anew_s:6.1%}   its contributivity {one.contributivity['new/run']:.2f}"
        )
    print(f"  multisets of about {sizes} selections; every result equal to that of blending all again")


def require(is_equal: bool) -> None:
    if not is_equal:
        sys.exit("The results differ; the figures mean nothing.")


def plain(truth: Truth, runs: Runs, n_folds: int) -> tuple[float, dict[int, list[str]]]:
    """Return seconds for all folds the plain way, and what was selected on the first few."""
    library, chosen = StoredLibrary(runs), {}
    started_s = time.perf_counter()
    for fold in truth["folds"][:n_folds]:
        truths = truth["predictions_class"](y_true=truth["y_train"], fold_is=fold.test_is)

        def read(run: str, fold: SimpleNamespace = fold) -> Any:
            return truth["predictions_class"](y_pred=library.train(run, fold.number), fold_is=fold.test_is)

        path = select(PlainPool(truths, truth["score_types"]["nll"], read), list(runs), max_n_ensemble=80)
        chosen[fold.number] = [step.candidate for step in path.steps]
    return (time.perf_counter() - started_s) * len(truth["folds"]) / n_folds, chosen


def timed(truth: Truth, runs: Runs, memory: Path | None) -> tuple[float, Any]:
    started_s = time.perf_counter()
    result = blend_stored(runs, memory_path=memory, mark="bench", **truth)
    return time.perf_counter() - started_s, result


if __name__ == "__main__":
    is_whole = sys.argv[-1] == "whole"
    sys.argv = sys.argv[: len(sys.argv) - is_whole]
    main(*measuring.numbers(__doc__, submissions=100, folds=8, points=5000, classes=4), is_whole=is_whole)
