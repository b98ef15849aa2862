"""The scorer: a warm process per kit that alone holds the labels. Trusted; never runs a submission's code.

``python -I process.py <kit path>`` answers one JSON object a line: what ``Scorer`` (beside this
file) asks on standard input, the answer on what was standard output. Arrays travel as ``.npz`` without
pickles, by path. An answer is ``{"ok": ...}`` or ``{"error": kind, "message": ..., ...}``.
"""

import contextlib
import dataclasses
import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

if __name__ == "__main__":
    # -I leaves out both the working folder and the environment's paths; what it does put first, this folder,
    # would let our module names hide those of libraries.
    _HERE = Path(__file__).resolve()
    sys.path[:] = [path for path in sys.path if Path(path) != _HERE.parent] + [str(_HERE.parents[3])]

import numpy as np

from databoard import kits
from databoard.errors import KitError, PredictionError, SubmissionError
from databoard.kits import Fold
from databoard.kits.row_files import with_files
from databoard.runner.predictions import load_predictions
from databoard.runner.scorer.ensemble_cache import blend_stored, fingerprint, fold_facts
from databoard.runner.scorer.inputs import labels_name, with_fillers, write_once
from databoard.runner.scorer.sample import sample_fold
from databoard.scoring.appraisal import appraise
from databoard.scoring.folds import score_folds
from databoard.scoring.prediction_types import form_of

#: Names of scores: as the event shows it, as ``problem.py`` has it.
Shown = list[tuple[str, str]]


class Session:
    """One kit, its data, and the verbs that a worker may ask for."""

    def __init__(self, path: Path) -> None:
        self._stamp = kits.stamp_of(path)
        self.kit = kits.load(path)
        self.X_train, self.y_train = kits.train_data(self.kit)
        self.X_test, self.y_test = kits.test_data(self.kit)
        self.problem = self.kit.executed()
        self.predictions_class = self.problem.Predictions
        self.form = form_of(self.predictions_class)

    def require(self, version: str) -> None:
        """Refuse to answer for another version of the kit than the one that was loaded."""
        if self.kit.version != version:
            raise self._changed()

    def prepare(self, folder: str, folds: str) -> dict[str, object]:
        """Write what the jail may see of every fold; return where, and the shapes to expect."""
        # The jail gets problem.py as it is on the disk now.
        if kits.stamp_of(self.kit.path) != self._stamp and kits.version_of(self.kit.path) != self.kit.version:
            raise self._changed()
        x_train, x_test = Path(folder) / "x_train.pkl", Path(folder) / "x_test.pkl"
        write_once(x_train, with_files(self.X_train, self.kit.path), "X of get_train_data")
        if self.y_test is not None:
            write_once(x_test, with_files(self.X_test, self.kit.path), "X of get_test_data")
        labels = {}
        for fold in _read_folds(folds):
            path = Path(folder) / labels_name(fold.train_is, fold.test_is)
            if not path.exists():
                labels_and_rows = (with_fillers(self.y_train, fold.train_is), fold.train_is, fold.test_is)
                write_once(path, labels_and_rows, "y of get_train_data")
            labels[fold.number] = str(path)
        return {
            "x_train": str(x_train),
            "x_test": None if self.y_test is None else str(x_test),
            "labels": labels,
            "train": self._shape(len(self.y_train)),
            "test": None if self.y_test is None else self._shape(len(self.y_test)),
            "probability_columns": list(self.form.probability_columns),
            "is_lists": self.form.is_lists,
        }

    def sample(self, folds: str, number: int) -> dict[str, object]:
        """Return the training rows of a tiny part of the first fold, see :func:`sample_fold`."""
        fold = sample_fold(self.y_train, _read_folds(folds)[0], number=number)
        return {"train_is": fold.train_is.tolist()}

    def score(self, folds: str, scores: Shown, predictions: str) -> dict[str, Any]:
        """Score the predictions of one submission."""
        truth, runs = self._truth(folds, scores), load_predictions(Path(predictions))
        with _fields_checked(is_lists=self.form.is_lists):
            return dataclasses.asdict(score_folds(**truth, predictions=runs))

    def appraise(self, folds: str, scores: Shown, predictions: str, official: str) -> dict[str, Any]:
        """Compare the predictions of one submission with what tells about the problem, see :func:`appraise`."""
        truth, runs = self._truth(folds, scores), load_predictions(Path(predictions))
        return dataclasses.asdict(appraise(**truth, official=official, predictions=runs))

    def blend(
        self,
        folds: str,
        scores: Shown,
        predictions: dict[str, str],
        official: str,
        max_n_ensemble: int,
        memory: str | None,
    ) -> dict[str, Any]:
        """Blend the predictions of several submissions, given by run; ``memory`` names a file."""
        truth = self._truth(folds, scores)
        mark = fingerprint(
            kit=self.kit.version,
            numpy=np.__version__,
            folds=fold_facts(truth["folds"]),
            scores=scores,
            official=official,
            max_n_ensemble=max_n_ensemble,
        )
        result = blend_stored(
            {run: Path(folder) for run, folder in predictions.items()},
            memory_path=Path(memory) if memory else None,
            mark=mark,
            official=official,
            max_n_ensemble=max_n_ensemble,
            **truth,
        )
        return dataclasses.asdict(result)

    def _truth(self, folds: str, scores: Shown) -> dict[str, Any]:
        by_name = {score_type.name: score_type for score_type in self.problem.score_types}
        return {
            "predictions_class": self.predictions_class,
            "score_types": {shown: by_name[name] for shown, name in scores},
            "y_train": self.y_train,
            "y_test": self.y_test,
            "folds": _read_folds(folds),
        }

    def _changed(self) -> KitError:
        return KitError(
            f"The kit {self.kit.name} changed on disk since it was registered. Register it as it is now, its events "
            f"stay: fab add_problem:{self.kit.name}. If its data changed, create its events again, without "
            "their submissions: fab add_event:<event>,force=True"
        )

    def _shape(self, n_samples: int) -> tuple[int, ...]:
        return (n_samples, *self.form.row_shape)


@contextlib.contextmanager
def _fields_checked(*, is_lists: bool) -> Iterator[None]:
    """Blame the submission when a score cannot take its objects apart: only the score knows what an object holds."""
    try:
        yield
    except (IndexError, TypeError, ValueError) as error:
        if not is_lists:
            raise
        raise PredictionError(
            "Expected objects of as many numbers as the scores of this problem read, such as (confidence, x, y, "
            "radius); the scores cannot read those that came. See the starting kit."
        ) from error


def serve(path: Path, answers: TextIO) -> None:
    """Answer questions until standard input ends."""
    questions = _questions()
    session = None
    while True:
        question = json.loads(questions.get())
        try:
            session = session or Session(path)
            session.require(question.pop("version"))
            answer = {"ok": getattr(session, question.pop("verb"))(**question)}
        except SubmissionError as error:
            answer = {"error": "submission", "message": str(error), "step": error.step, "code": error.code}
        except KitError as error:
            answer = {"error": "kit", "message": str(error)}
        except Exception as error:  # one question fails, the process answers the next
            traceback.print_exc()
            answer = {"error": "internal", "message": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _questions() -> "queue.SimpleQueue[str]":
    """Return a queue of lines; the process ends with its standard input, even in the middle of an answer."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _read_folds(path: str) -> tuple[Fold, ...]:
    with np.load(path, allow_pickle=False) as arrays:
        return tuple(
            Fold(int(number), arrays[f"train_{number}"], arrays[f"test_{number}"])
            for number in arrays["numbers"]
        )


def main() -> None:
    """Serve the kit named on the command line."""
    # What a kit prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        serve(Path(sys.argv[1]), answers)


if __name__ == "__main__":
    main()
