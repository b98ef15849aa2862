"""Make the tasks of folds from that of a submission and what the scorer wrote for them. Called by `preparation`."""

from pathlib import Path
from typing import Any

from databoard import jail
from databoard.kits.code_files import code_of
from databoard.runner.preload import likely_imports
from databoard.runner.task import ExpectedPredictions, FoldInputs, FoldTask, TrainingTask


def fold_tasks(task: TrainingTask, facts: dict[str, Any], *, jail_mode: str) -> list[FoldTask]:
    """Return a task for each fold of ``task``.

    Parameters
    ----------
    facts : dict
        The scorer's answer to ``prepare``: where the inputs lie, which shapes to expect.
    """
    expected = ExpectedPredictions(
        tuple(facts["train"]),
        None if facts["test"] is None else tuple(facts["test"]),
        tuple(facts["probability_columns"]),
        facts["is_lists"],
    )
    kit_files, interpreter = code_of(task.kit_path), _interpreter(task)
    preload = likely_imports(task.kit_path)
    x_test = None if facts["x_test"] is None else Path(facts["x_test"])
    return [
        FoldTask(
            number=fold.number,
            files=task.files,
            kit_files=kit_files,
            inputs=FoldInputs(Path(facts["x_train"]), x_test, Path(facts["labels"][str(fold.number)])),
            expected=expected,
            limits=task.limits,
            resources=task.resources,
            jail_mode=jail_mode,
            interpreter=interpreter,
            preload=preload,
        )
        for fold in task.folds
    ]


def _interpreter(task: TrainingTask) -> jail.Interpreter | None:
    if task.environment is None:
        return None
    return jail.Interpreter(task.environment.python, task.environment.prefixes)
