"""Train and test a submission on every fold, score and blend predictions: the verbs of the runner.

Called by the worker, which holds one :class:`Runner` for its life. No database here, and no label: those
stay in the scorer. ``home/cache/<kit version>/`` keeps what the jail may see of a kit,
``home/cache/scratch/`` what one worker needs for a moment.
"""

import contextlib
import itertools
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from databoard import jail
from databoard.runner.atomic_files import sweep_unfinished
from databoard.runner.executors import make_executor
from databoard.runner.fast_fail import ShortRun, first_fault
from databoard.runner.folds import run_fold, warm_up
from databoard.runner.following import News, StateReport, follow
from databoard.runner.predictions import Predictions, save_predictions
from databoard.runner.preparation import SAMPLE_NUMBER, Preparation
from databoard.runner.scorer.answers import ensemble_of, scores_of
from databoard.runner.scorer.pool import Scorers
from databoard.runner.task import FoldRun, TrainingTask
from databoard.runner.warm_jails import WarmJails
from databoard.runner.warm_room import WarmRoom
from databoard.scoring.appraisal import Appraisal
from databoard.scoring.blending import EnsembleResult
from databoard.scoring.folds import SubmissionScores


class Runner:
    """Runs submissions; one per worker process. A context manager.

    Parameters
    ----------
    home : Path
        ``DATABOARD_HOME``.
    jail_mode : {"bubblewrap", "none"}
    n_parallel : int
        Folds at once; 0 for one a core, or as many as the cluster takes.
    min_level : {"A", "B"}
        The least wall that will do, see :class:`databoard.jail.CheckReport`.
    scheduler : str
        Of a Dask cluster that runs the folds; empty for this machine.
    room : WarmRoom, optional
        The memory that kits which are kept warm may take.

    Attributes
    ----------
    engine : LocalExecutor or DaskExecutor

    Raises
    ------
    JailError
        If bubblewrap is wanted and missing.
    """

    def __init__(
        self,
        *,
        home: Path,
        jail_mode: str,
        n_parallel: int,
        min_level: str = "B",
        scheduler: str = "",
        room: WarmRoom | None = None,
    ) -> None:
        if jail_mode != "none":
            jail.find_bwrap()
            # Ahead of the first run, which waits for it otherwise.
            copies = threading.Thread(target=jail.copy_of, args=(jail.own_interpreter(),), daemon=True)
            copies.start()
        self._cache, self._jail_mode = Path(home).resolve() / "cache", jail_mode
        self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What a worker that was killed left behind.
        jail.sweep(self._cache / "scratch")
        sweep_unfinished(self._cache)
        jail.end_orphans()
        jail.allow_many_files()
        self._scratch = jail.Scratch(self._cache / "scratch")
        self._room = room or WarmRoom()
        self.engine = make_executor(scheduler, n_parallel, min_level, self._room)
        # Checks run on this machine whatever runs the folds; beside local folds they share what is warm.
        self._jails = getattr(self.engine, "jails", None) or WarmJails(1, min_level, self._room)
        self._scorers = Scorers(self._scratch.folder, self._room)
        self._preparation = Preparation(self._scorers, self._cache, jail_mode)
        self._names = itertools.count(1)

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def train_test(
        self,
        task: TrainingTask,
        *,
        on_fold: Callable[[int, str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> tuple[FoldRun, ...]:
        """Run every fold in the jail and return how each went, in the order of ``task.folds``.

        Parameters
        ----------
        on_fold : callable, optional
            Called in this thread with fold number and ``training``, ``trained``, ``validated`` or
            ``tested``.
        cancelled : threading.Event, optional
            Set it to end the running folds and not to start the others.

        Raises
        ------
        JailError, ScorerError, KitError
            When the fault is not the submission's.
        EngineLost
            When the cluster went away; nothing is known of the submission.
        """
        cancelled = cancelled or threading.Event()
        states: News = queue.SimpleQueue()
        futures = []
        for fold_task in self._preparation.fold_tasks(task):
            report_state = StateReport(states, fold_task.number)
            futures.append(self.engine.submit(run_fold, fold_task, report_state, cancelled))
            futures[-1].add_done_callback(states.put)
        try:
            follow(states, len(futures), on_fold)
        except BaseException:
            # The caller gave up (a lost lease, Ctrl-C): leave nothing running behind.
            cancelled.set()
            raise
        return tuple(future.result() for future in futures)

    def check(self, task: TrainingTask, *, cancelled: threading.Event | None = None) -> FoldRun | None:
        """Return the run that shows that a submission cannot work; None when it may be trained, or `cancelled`.

        Takes seconds, and none of the executor's slots; see :mod:`databoard.runner.fast_fail`.

        Raises
        ------
        JailError, ScorerError, KitError
            When the fault is not the submission's.
        """
        sample, fold = self._preparation.check_tasks(task)
        return first_fault(ShortRun(self._jails, cancelled or threading.Event()), sample, fold)

    def warm_up(self, task: TrainingTask) -> bool:
        """Start scorer and zygote of a kit ahead of its first submission, or keep them; return whether there is room.

        Parameters
        ----------
        task : TrainingTask
            Without files.

        Raises
        ------
        JailError, ScorerError, KitError
            When the kit cannot be warmed up.
        """
        if not (self._scorers.has(task) or self._room.may_warm_up()):
            return False
        self._scorers.ask(task, "sample", number=SAMPLE_NUMBER)  # one that is there counts as used now
        self._preparation.check_tasks(task)
        first, *_ = self._preparation.fold_tasks(task)
        if self._jail_mode != "none":
            warm_up(first, self._jails)
        return True

    def score(self, task: TrainingTask, predictions: Predictions) -> SubmissionScores:
        """Score the predictions of a submission on every fold of ``task``.

        Parameters
        ----------
        predictions : sequence of FoldPredictions or FoldRun, or Path
            Either the predictions, or the folder that :func:`save_predictions` wrote.

        Raises
        ------
        PredictionError
            If they cannot be scored.
        ScorerError, KitError
            When the fault is not the submission's.
        """
        with self._on_disk({0: predictions}) as folders:
            answer = self._scorers.ask(task, "score", scores=task.scores, predictions=str(folders[0]))
        return scores_of(answer)

    def appraise(self, task: TrainingTask, predictions: Sequence[FoldRun]) -> Appraisal:
        """Return what the predictions of a submission tell about the problem itself."""
        with self._on_disk({0: predictions}) as folders:
            answer = self._scorers.ask(
                task, "appraise", scores=task.scores, predictions=str(folders[0]), official=task.official
            )
        return Appraisal(**answer)

    def blend(
        self,
        task: TrainingTask,
        predictions_by_submission: Mapping[int, Predictions],
        *,
        official: str | None = None,
        max_n_ensemble: int = 80,
        memory: Path | None = None,
    ) -> EnsembleResult:
        """Blend the predictions of several submissions.

        Parameters
        ----------
        predictions_by_submission : dict of submission id to predictions
            Either the predictions, or the folder that :func:`save_predictions` wrote, whose name tells one run
            of a submission from another. Ties go to the first.
        official : str, optional
            Shown name of the score to improve; ``task.official`` by default.
        memory : Path, optional
            A file for what the last blending leaves to the next; without it everything is computed.
        """
        with self._on_disk(predictions_by_submission) as folders:
            answer = self._scorers.ask(
                task,
                "blend",
                scores=task.scores,
                predictions={f"{i}/{folder.name}": str(folder) for i, folder in folders.items()},
                official=official or task.official,
                max_n_ensemble=max_n_ensemble,
                memory=str(memory.resolve()) if memory else None,
            )
        return ensemble_of(answer)

    def interrupt(self) -> None:
        """Kill the scorers, from another thread than the one that asks; who waits for an answer gets an error."""
        self._scorers.kill()

    def close(self) -> None:
        """End every process of this runner and remove its temporary files."""
        self.engine.shutdown()
        self._jails.close()
        self._scorers.close()
        self._scratch.close()
        sweep_unfinished(self._cache)  # of scorers that were killed

    @contextlib.contextmanager
    def _on_disk(self, predictions_by_id: Mapping[int, Predictions]) -> Iterator[dict[int, Path]]:
        """Yield by id a folder with each one's predictions; those that were not on disk yet go again."""
        with contextlib.ExitStack() as stack:
            folders: dict[int, Path] = {}
            for number, predictions in predictions_by_id.items():
                if isinstance(predictions, Path):
                    folders[number] = predictions.resolve()
                    continue
                folders[number] = self._new_path("predictions").resolve()
                stack.callback(shutil.rmtree, folders[number], ignore_errors=True)
                save_predictions(folders[number], predictions)
            yield folders

    def _new_path(self, kind: str) -> Path:
        return self._scratch.folder / f"{kind}-{next(self._names)}"
