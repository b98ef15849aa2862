"""Keep the predictions of a submission on disk: ``.npz`` without pickles, whole or absent."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from databoard.runner.atomic_files import written_whole
from databoard.runner.task import FoldRun
from databoard.scoring.folds import FoldPredictions

#: Of one submission: its predictions on each fold, or the folder they lie in.
Predictions = Sequence["FoldPredictions | FoldRun"] | Path
#: The one file in a folder of predictions.
FILE_NAME = "predictions.npz"


def save_predictions(folder: Path, runs: "Iterable[FoldPredictions | FoldRun]") -> None:
    """Write ``y_pred_train`` and ``y_pred_test`` of each run to one file in ``folder``.

    Parameters
    ----------
    runs : iterable of FoldRun or FoldPredictions
    """
    arrays = {}
    for run in runs:
        arrays[f"train_{run.number}"] = np.asarray(run.y_pred_train, dtype=np.float64)
        if run.y_pred_test is not None:
            arrays[f"test_{run.number}"] = np.asarray(run.y_pred_test, dtype=np.float64)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with written_whole(folder / FILE_NAME) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # no name is allow_pickle


def load_predictions(folder: Path) -> tuple[FoldPredictions, ...]:
    """Read what :func:`save_predictions` wrote, by fold number."""
    with np.load(Path(folder) / FILE_NAME, allow_pickle=False) as arrays:
        names = set(arrays.files)
        numbers = sorted(int(name.removeprefix("train_")) for name in names if name.startswith("train_"))
        return tuple(
            FoldPredictions(n, arrays[f"train_{n}"], arrays[f"test_{n}"] if f"test_{n}" in names else None)
            for n in numbers
        )
