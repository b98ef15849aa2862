"""The warm scorers of one runner: a process per kit version, the ones used last. Safe for threads."""

import contextlib
import hashlib
import itertools
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from databoard.runner.scorer.client import Scorer, write_folds
from databoard.runner.task import TrainingTask

MAX_SCORERS = 3


class Scorers:
    """Ask the scorer of a task; one is started when there is none.

    Parameters
    ----------
    folder : Path
        For temporary files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._scorers: dict[tuple[Path, str, str], Scorer] = {}
        self._n_asking: dict[Scorer, int] = {}
        self._numbers = itertools.count(1)

    def ask(self, task: TrainingTask, verb: str, **question: object) -> Any:
        """Return the answer of the scorer of ``task``; raises what :meth:`Scorer.ask` does."""
        folds = self._folder / f"folds-{next(self._numbers)}.npz"
        write_folds(folds, task.folds)
        try:
            with self._scorer(task) as scorer:
                return scorer.ask(verb, version=task.kit_version, folds=str(folds), **question)
        finally:
            folds.unlink()

    def kill(self) -> None:
        """Kill every process, from any thread; who waits for an answer gets an error."""
        for scorer in list(self._scorers.values()):
            scorer.kill()

    def close(self) -> None:
        """End every process."""
        for scorer in self._scorers.values():
            scorer.close()
        self._scorers.clear()

    @contextlib.contextmanager
    def _scorer(self, task: TrainingTask) -> Iterator[Scorer]:
        key = (Path(task.kit_path).resolve(), task.kit_version, environment_name(task))
        with self._lock:
            scorer = self._scorers.pop(key, None) or self._new(key, task)
            self._scorers[key] = scorer  # the last is the latest used
            self._n_asking[scorer] = self._n_asking.get(scorer, 0) + 1
        try:
            yield scorer
        finally:
            with self._lock:
                self._n_asking[scorer] -= 1

    def _new(self, key: tuple[Path, str, str], task: TrainingTask) -> Scorer:
        idle = [old for old, scorer in self._scorers.items() if not self._n_asking[scorer]]
        if len(self._scorers) >= MAX_SCORERS and idle:
            gone = self._scorers.pop(idle[0])
            del self._n_asking[gone]
            gone.close()
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        python = task.environment.python if task.environment else sys.executable
        return Scorer(key[0], self._folder / f"scorer-{digest}.log", python=python)


def environment_name(task: TrainingTask) -> str:
    """Return what tells one environment of a kit from another in names; empty for the server's."""
    return f"-{task.environment.name}" if task.environment else ""
