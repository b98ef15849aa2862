"""Train and score a submission on the public data of a kit, as the server will on the hidden ones."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from databoard import kits, text_files
from databoard.errors import NotFound, RuleError, SubmissionError
from databoard.scoring.folds import FoldPredictions, SubmissionScores, score_folds
from databoard.scoring.prediction_types import plain
from databoard.states import ErrorCode
from databoard.workflows import calling


@dataclass(frozen=True)
class FoldTimes:
    """How long one fold took, in seconds."""

    number: int
    n_folds: int
    train_time_s: float
    predict_time_s: float


def submission_folder(kit_path: Path, name: str) -> Path:
    """Return the folder of a submission: ``submissions/<name>``, ``<name>`` in the kit, or a path.

    Raises
    ------
    NotFound
        Naming the submissions that are there.
    RuleError
        If two folders of that name hold different files: which of them is edited cannot be known.
    """
    candidates = dict.fromkeys((kit_path / "submissions" / name, kit_path / name, Path(name)))
    found = [folder for folder in candidates if folder.is_dir()]
    if len(found) > 1 and _contents(found[0]) != _contents(found[1]):
        paths = " and ".join(str(folder.resolve()) for folder in found[:2])
        raise RuleError(
            f"Expected one folder {name}, got two with different files: {paths}. Remove the one that you do not edit."
        )
    if found:
        return found[0]
    there = sorted(path.name for path in (kit_path / "submissions").glob("*") if path.is_dir())
    raise NotFound(
        f"Expected submissions/{name} in {kit_path.resolve().name}, got none. There: {', '.join(there) or 'none'}."
    )


def require_texts(kit: kits.Kit, folder: Path) -> None:
    """Refuse code and text that the server would refuse, in the same words.

    Raises
    ------
    SubmissionError
        Naming file and line.
    """
    refusal = partial(SubmissionError, code=ErrorCode.import_error)
    for element in kit.elements:
        if element.file_type != "data" and (folder / element.file_name).is_file():
            text_files.read(folder / element.file_name, element.file_name, refusal=refusal)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def run_folds(kit: kits.Kit, folder: Path) -> Iterator[tuple[FoldTimes, FoldPredictions]]:
    """Yield times and predictions of each fold as it ends; exceptions of the submission pass through."""
    (X, y), (X_test, _) = kits.train_data(kit), kits.test_data(kit)
    folds, workflow = kits.folds(kit), kit.executed().workflow
    predictions_class = kit.executed().Predictions
    for fold in folds:
        started_s = time.perf_counter()
        model = calling.train(workflow, folder, X, y, fold.train_is)
        trained_s = time.perf_counter()
        predictions = FoldPredictions(
            fold.number,
            plain(predictions_class, calling.predict(workflow, model, X, (fold.train_is, fold.test_is))),
            plain(predictions_class, calling.predict(workflow, model, X_test)),
        )
        ended_s = time.perf_counter()
        yield FoldTimes(fold.number, len(folds), trained_s - started_s, ended_s - trained_s), predictions


def score(kit: kits.Kit, predictions: list[FoldPredictions]) -> SubmissionScores:
    """Return the scores of the predictions of every fold, under their names in ``problem.py``."""
    (_, y), (_, y_test) = kits.train_data(kit), kits.test_data(kit)
    return score_folds(
        predictions_class=kit.executed().Predictions,
        score_types={score_type.name: score_type for score_type in kit.executed().score_types},
        y_train=y,
        y_test=y_test,
        folds=kits.folds(kit),
        predictions=predictions,
    )
