"""Blend what is stored: read predictions when they are asked for, keep the memory of the last blending.

Called by the scorer's process. The memory is a small JSON file that only saves time: a lost, broken or foreign one
means that everything is computed again.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from databoard.kits import Fold
from databoard.runner.atomic_files import written_whole
from databoard.runner.predictions import FILE_NAME
from databoard.scoring import blending
from databoard.scoring.blending import EnsembleResult, Memory, UnusablePredictions
from databoard.scoring.greedy import Path as Selection
from databoard.scoring.greedy import Step

#: To be raised whenever blending gives other numbers or orders than before.
ALGORITHM = 1


def blend_stored(
    folders: dict[str, Path], *, memory_path: Path | None, mark: str, **problem: Any
) -> EnsembleResult:
    """Blend the predictions in ``folders``, see :func:`databoard.scoring.blending.update`.

    Runs whose predictions are lost or do not fit are left out and named in the result.

    Parameters
    ----------
    folders : dict of str to Path
        See :class:`StoredLibrary`.
    memory_path : Path or None
        The file of the memory; ``None`` to compute everything and keep nothing.
    mark : str
        The :func:`fingerprint` of everything else.
    """
    memory = load_memory(memory_path, mark) if memory_path else None
    usable, left_out = dict(folders), {}
    while True:
        try:
            result, memory = blending.update(library=StoredLibrary(usable), memory=memory, **problem)
        except UnusablePredictions as error:
            left_out[error.submission_id] = error.reason
            del usable[error.submission_id]
            continue
        if memory_path:
            save_memory(memory_path, mark, memory)
        return replace(result, left_out=left_out)


class StoredLibrary:
    """Predictions in the folders that :func:`databoard.runner.save_predictions` wrote, read array by array.

    Parameters
    ----------
    folders : dict of str to Path
        By a word that names one run of one submission, the first to win ties first.
    """

    def __init__(self, folders: dict[str, Path]) -> None:
        self.ids, self._folders = tuple(folders), folders

    def train(self, run: str, number: int) -> np.ndarray:
        """Return what a run predicted on fold ``number`` for the training set.

        Raises
        ------
        OSError, KeyError, ValueError
            If it is not there, or is no such file.
        """
        return self._read(run, f"train_{number}")

    def test(self, run: str, number: int) -> np.ndarray:
        """Return the same for the test set."""
        return self._read(run, f"test_{number}")

    def _read(self, run: str, name: str) -> np.ndarray:
        try:
            # Opened here: numpy would leave a file that is cut open.
            with (
                open(self._folders[run] / FILE_NAME, "rb") as file,
                np.load(file, allow_pickle=False) as arrays,
            ):
                array: np.ndarray = arrays[name]
                return array
        except (EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"the file is broken ({error})") from error


def fingerprint(**facts: object) -> str:
    """Return a word for everything that a memory rests on beside the predictions, hex."""
    text = json.dumps({"algorithm": ALGORITHM, **facts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def fold_facts(folds: Iterable[Fold]) -> list[list[int | str]]:
    """Return folds as numbers and digests of their validation rows, for :func:`fingerprint`."""
    return [
        [int(fold.number), hashlib.sha256(np.asarray(fold.test_is, dtype=np.int64).tobytes()).hexdigest()]
        for fold in folds
    ]


def load_memory(path: Path, mark: str) -> Memory | None:
    """Return the memory in a file; ``None`` if there is none, it is broken, or another fingerprint's."""
    try:
        facts = json.loads(path.read_text())
        if facts["fingerprint"] != mark:
            return None
        order = tuple(facts["order"])
        paths = {
            int(number): Selection(
                tuple(Step(str(run), float(score)) for run, score in steps), frozenset(order)
            )
            for number, steps in facts["paths"].items()
        }
        return Memory(order, paths, facts["scores"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def save_memory(path: Path, mark: str, memory: Memory) -> None:
    """Write a memory whole or not at all."""
    steps = {
        number: [[step.candidate, step.score] for step in selection.steps]
        for number, selection in memory.paths.items()
    }
    facts = {"fingerprint": mark, "order": memory.order, "paths": steps, "scores": memory.scores}
    with written_whole(path, "w") as file:
        json.dump(facts, file)
