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
from databoard.runner.warm_room import WarmRoom

MAX_SCORERS = 8


class Scorers:
    """Ask the scorer of a task; one is started when there is none.

    Parameters
    ----------
    folder : Path
        For temporary files.
    room : WarmRoom
        The memory that they share with others.
    """

    def __init__(self, folder: Path, room: WarmRoom) -> None:
        self._folder, self._lock, self._room = folder, threading.Lock(), room
        room.count(self._used_bytes)
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

    def has(self, task: TrainingTask) -> bool:
        """Return whether there is a scorer of ``task``."""
        return _key(task) in self._scorers

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
        key = _key(task)
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
        while idle and (len(self._scorers) >= MAX_SCORERS or self._room.is_full(len(self._scorers))):
            gone = self._scorers.pop(idle.pop(0))
            del self._n_asking[gone]
            gone.close()
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        python = task.environment.python if task.environment else sys.executable
        return Scorer(key[0], self._folder / f"scorer-{digest}.log", python=python)

    def _used_bytes(self) -> int:
        return sum(scorer.used_bytes() for scorer in list(self._scorers.values()))


def _key(task: TrainingTask) -> tuple[Path, str, str]:
    return Path(task.kit_path).resolve(), task.kit_version, environment_name(task)


def environment_name(task: TrainingTask) -> str:
    """Return what tells one environment of a kit from another in names; empty for the server's."""
    return f"-{task.environment.name}" if task.environment else ""
