"""Run a starting kit as a team's first submission would: in the jail, on every fold, and once more.

Called by the check of a kit, with a home of its own.
"""

import itertools
import math
import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from databoard import kits
from databoard.errors import DataboardError, JailError
from databoard.kits import Environment, EventSpec, Finding, Fold, Kit, ScoreTypeFacts
from databoard.kits.texts import PROBLEM
from databoard.runner import FoldRun, Runner, TrainingTask
from databoard.scoring.appraisal import Appraisal
from databoard.services.events.limits import limits_of
from databoard.states import ErrorCode, SubmissionState

if TYPE_CHECKING:
    from config import Config
    from databoard.scoring.folds import ScoreSummary

_TOLERANCE = 1e-9
#: An honest first model may lose a little to a constant on hard data; more is a fault of the kit.
_CLEARLY_WORSE = 0.05


def try_starting_kit(
    config: "Config",
    kit: Kit,
    folds: tuple[Fold, ...],
    environment: Environment | None,
    *,
    limits_of: EventSpec,
    home: Path,
    begin: Callable[..., None] = lambda step, share=None: None,
) -> list[Finding]:
    """Return what goes wrong when the starting kit of `kit` is submitted.

    Parameters
    ----------
    limits_of : EventSpec
        The event whose limits hold.
    home : Path
        A folder for this alone.
    begin : callable
        Called before each step with its name, and the share that is done where it is known.
    """
    try:
        files = kits.starting_kit_files(kit.path)
        task = _task(kit, folds, environment, files, limits_of)
        home.mkdir(parents=True, exist_ok=True)
        return _run(config, home, task, kit, begin)
    except JailError as error:
        return [
            _finding(
                "warning",
                "not_run",
                f"Expected to train it in the jail, did not: {error}",
                "Fix the jail (fab jail_check), then check again.",
            )
        ]
    except DataboardError as error:
        return [
            _finding(
                "error",
                "starting_kit_fails",
                f"Expected it to be trained and scored, got: {error}",
                "Fix what it names, then check again.",
            )
        ]


def _task(
    kit: Kit,
    folds: tuple[Fold, ...],
    environment: Environment | None,
    files: dict[str, bytes],
    event: EventSpec,
) -> TrainingTask:
    return TrainingTask(
        kit_path=kit.path,
        kit_version=kit.version,
        folds=folds,
        files=files,
        limits=limits_of(event),
        scores=tuple((score_type.name, score_type.name) for score_type in kit.score_types),
        official=kit.score_types[0].name,
        environment=environment,
    )


def _run(
    config: "Config", home: Path, task: TrainingTask, kit: Kit, begin: Callable[..., None]
) -> list[Finding]:
    n_parallel = config.n_parallel_folds or os.cpu_count() or 1
    with Runner(home=home, jail_mode=config.jail, n_parallel=n_parallel) as runner:
        n_folds = len(task.folds)
        begin(f"training the starting kit, 0 of {n_folds} folds validated", share=0.0)
        runs = runner.train_test(task, on_fold=_count(begin, n_folds))
        failed = [run for run in runs if run.state != SubmissionState.tested]
        if failed:
            return _failures(failed, len(runs), kit)
        begin("scoring it, and comparing it with constants")
        scores = runner.score(task, runs)
        found = _perfect(scores.summary, kit) + _appraised(runner.appraise(task, runs), kit)
        begin("training it on the first fold again")
        first = replace(task, folds=task.folds[:1])
        again = runner.train_test(first)
        return found + _differences(runner, first, runs[:1], again)


def _count(begin: Callable[..., None], n_folds: int) -> Callable[[int, str], None]:
    """Return what is called with every new state of a fold, and names how many are done."""
    numbers = itertools.count(1)

    def on_fold(number: int, state: str) -> None:
        if state == SubmissionState.validated:
            n_done = next(numbers)
            begin(f"training the starting kit, {n_done} of {n_folds} folds validated", share=n_done / n_folds)

    return on_fold


def _failures(failed: Sequence[FoldRun], n_folds: int, kit: Kit) -> list[Finding]:
    """Return one finding for each way in which folds failed."""
    numbers = defaultdict(list)
    for run in failed:
        numbers[run.error_code, run.message, run.trace].append(str(run.number))
    found = []
    for (code, message, trace), folds in numbers.items():
        kind = "predictions_wrong" if code == ErrorCode.bad_output else "starting_kit_fails"
        file, line = _place(trace, message, kit)
        where = "every fold" if len(folds) == n_folds else f"fold {', '.join(folds)}"
        found.append(
            _finding(
                "error",
                kind,
                f"Expected the starting kit to train and predict, got on {where} ({code}): {message}",
                "Fix the starting kit, or what problem.py hands to it.",
                file=file,
                line=line,
            )
        )
    return found


def _place(trace: str, message: str, kit: Kit) -> tuple[str, int | None]:
    """Return file and line in the starting kit that a traceback ends with."""
    frames = re.findall(r'File "([^"/]+)", line (\d+)', trace)
    if frames:
        return f"starting_kit/{frames[-1][0]}", int(frames[-1][1])
    named = [element.file_name for element in kit.elements if element.file_name in message]
    return f"starting_kit/{named[0] if named else ''}", None


def _perfect(summary: "dict[str, ScoreSummary]", kit: Kit) -> list[Finding]:
    official = kit.score_types[0]
    best = official.minimum if official.is_lower_the_better else official.maximum
    valid = summary[official.name].valid_bag
    if not math.isfinite(best) or abs(valid - best) > _TOLERANCE:
        return []
    return [
        _finding(
            "warning",
            "starting_kit_perfect",
            f"Expected a starting kit that can be improved, got the best possible {official.name}, {valid:g}.",
            "Check whether X contains the truth; if it does not, make the starting kit weaker.",
        )
    ]


def _appraised(appraisal: Appraisal, kit: Kit) -> list[Finding]:
    """Return what the starting kit's predictions tell about the problem."""
    official, found = kit.score_types[0], []
    if appraisal.share_permuted is not None:
        found.append(
            _finding(
                "warning",
                "labels_permuted",
                f"Expected the columns of predict_proba in the order of label_names, got classes that are right in "
                f"{appraisal.share_right:.0%} of the rows. In another order they are right in "
                f"{appraisal.share_permuted:.0%}.",
                "Give label_names in the order of scikit-learn's classes_: sorted.",
                file=PROBLEM,
            )
        )
    constant = appraisal.best_constant
    if constant is not None and _is_worse(appraisal.score, constant, official):
        found.append(
            _finding(
                "warning",
                "worse_than_constant",
                f"Expected the starting kit to be better than the same prediction for every row, got {official.name} "
                f"{appraisal.score:.4g} on the validation rows, and {constant:.4g} for the best constant.",
                "Check whether rows or classes are mixed up. If they are not, write a better starting kit.",
            )
        )
    for name in appraisal.contradicted:
        found.append(
            _finding(
                "warning",
                "direction_contradicted",
                f"Expected {name} to prefer the better of two submissions; it prefers the starting kit to the same "
                "predictions moved towards the truth.",
                "Check is_lower_the_better and score_function.",
                file=PROBLEM,
            )
        )
    return found


def _is_worse(score: float, constant: float, official: ScoreTypeFacts) -> bool:
    """Return whether a score is clearly worse than that of a constant, beside what a perfect one would gain."""
    best = official.minimum if official.is_lower_the_better else official.maximum
    loss = score - constant if official.is_lower_the_better else constant - score
    return loss > _CLEARLY_WORSE * abs(constant - (best if math.isfinite(best) else 0.0)) + _TOLERANCE


def _differences(
    runner: Runner, task: TrainingTask, once: Sequence[FoldRun], again: Sequence[FoldRun]
) -> list[Finding]:
    """Compare two runs of one fold."""
    import numpy as np

    if again[0].state != SubmissionState.tested:
        return _failures_of_second(again[0])
    is_equal = all(
        b is not None
        and np.shape(a) == np.shape(b)
        and np.allclose(np.asarray(a, float), np.asarray(b, float), rtol=_TOLERANCE, atol=_TOLERANCE)
        for a, b in (
            (once[0].y_pred_train, again[0].y_pred_train),
            (once[0].y_pred_test, again[0].y_pred_test),
        )
        if a is not None
    )
    if is_equal:
        return []
    first, second = (runner.score(task, runs).summary[task.official].valid_bag for runs in (once, again))
    return [
        _finding(
            "warning",
            "not_reproducible",
            f"Expected two runs of fold {task.folds[0].number} to predict the same, got {task.official} {first:.6g} "
            f"and {second:.6g}: a submission that is trained again gets another score.",
            "Give models and generators a seed: random_state=61.",
        )
    ]


def _failures_of_second(run: FoldRun) -> list[Finding]:
    return [
        _finding(
            "error",
            "not_reproducible",
            f"Expected the second run of fold {run.number} to end as the first, got {run.error_code}: {run.message}",
            "Keep no state between runs, and seed what is random.",
        )
    ]


def _finding(
    severity: str, code: str, what: str, fix: str, file: str = "starting_kit/", line: int | None = None
) -> Finding:
    return Finding(severity, code, file, line, what, fix)
