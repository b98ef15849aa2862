"""Prepare the folds of a submission for the jail, and remember what is the same for all submissions of an event.

The scorer writes what a fold may see of the kit's data. Nothing of it depends on the submission. So it is asked once
for the folds of an event, and again when the kit changed on disk or a file is gone. Called by `train_test`.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from databoard.kits import stamp_of
from databoard.runner.fold_tasks import fold_tasks
from databoard.runner.scorer.pool import Scorers, environment_name
from databoard.runner.task import FoldTask, TrainingTask

if TYPE_CHECKING:
    from databoard.kits import Fold

#: The tiny sample of a fold, among folds that are numbered from 0.
SAMPLE_NUMBER = -1
#: Events whose folds are remembered, those for checks counted by themselves.
_MAX_KNOWN = 32
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}")


@dataclass(frozen=True)
class _Known:
    """The tasks of folds without a submission, and what the kit's files looked like then."""

    stamp: tuple[object, ...]
    fold_tasks: tuple[FoldTask, ...]


class Preparation:
    """Makes the tasks of folds; safe for threads.

    Parameters
    ----------
    scorers : Scorers
    cache : Path
        Below it the scorers write.
    jail_mode : {"bubblewrap", "none"}
    """

    def __init__(self, scorers: Scorers, cache: Path, jail_mode: str) -> None:
        self._scorers, self._cache, self._jail_mode = scorers, cache, jail_mode
        self._known: dict[Hashable, _Known] = {}
        self._lock = threading.Lock()

    def fold_tasks(self, task: TrainingTask) -> list[FoldTask]:
        """Return a task for each fold."""
        return self._tasks("folds", task, lambda: self._prepared(task, task.folds))

    def check_tasks(self, task: TrainingTask) -> list[FoldTask]:
        """Return a tiny part of the first fold, and all of it, both without the hidden test rows."""
        task = replace(task, folds=task.folds[:1])
        return self._tasks("check", task, lambda: self._prepared_for_check(task))

    def _tasks(
        self, kind: str, task: TrainingTask, prepare: Callable[[], Sequence[FoldTask]]
    ) -> list[FoldTask]:
        for name in task.files:
            if not _FILE_NAME.fullmatch(name):
                raise ValueError(f"Expected plain file names in a submission, got {name!r}.")
        key = (kind, task.kit_path, task.kit_version, environment_name(task), _digest(task.folds))
        stamp = stamp_of(
            task.kit_path
        )  # before the scorer looks: what changes meanwhile is noticed next time
        with self._lock:
            known = self._known.get(key)
        if known is None or known.stamp != stamp or not _are_there(known.fold_tasks):
            known = _Known(stamp, tuple(prepare()))
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = known  # the last is the latest used
            for oldest in list(self._known)[:-_MAX_KNOWN]:
                del self._known[oldest]
        return [
            replace(fold_task, files=task.files, limits=task.limits, resources=task.resources)
            for fold_task in known.fold_tasks
        ]

    def _prepared_for_check(self, task: TrainingTask) -> list[FoldTask]:
        rows = self._scorers.ask(task, "sample", number=SAMPLE_NUMBER)["train_is"]
        (first,) = task.folds
        tiny = replace(first, number=SAMPLE_NUMBER, train_is=np.array(rows, dtype=np.int64))
        return [
            replace(fold_task, inputs=replace(fold_task.inputs, x_test=None))
            for fold_task in self._prepared(task, (tiny, first))
        ]

    def _prepared(self, task: TrainingTask, folds: "tuple[Fold, ...]") -> list[FoldTask]:
        bare = replace(task, folds=folds, files={})
        folder = self._cache / re.sub(r"\W", "_", f"{task.kit_version}{environment_name(task)}")
        facts = self._scorers.ask(bare, "prepare", folder=str(folder))
        return fold_tasks(bare, facts, jail_mode=self._jail_mode)


def _digest(folds: "Sequence[Fold]") -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for fold in folds:
        for part in (np.array([fold.number, len(fold.train_is)]), fold.train_is, fold.test_is):
            digest.update(np.ascontiguousarray(part, dtype=np.int64).tobytes())
        digest.update(b"|")
    return digest.digest()


def _are_there(tasks: Sequence[FoldTask]) -> bool:
    inputs = [path for one in tasks for path in (one.inputs.x_train, one.inputs.x_test, one.inputs.labels)]
    return all(path.exists() for path in inputs if isinstance(path, Path))
