"""Run one fold in the jail: the unit of work that an executor gets."""

import pickle
import threading
import weakref
from collections.abc import Callable
from typing import Any

from databoard import jail
from databoard.errors import JailError
from databoard.jail import JailReport, Recipe, SealedFile, Verdict
from databoard.runner import failure_messages
from databoard.runner.fast_fail_rules import suspicion_of
from databoard.runner.fold_reader import FoldReader
from databoard.runner.task import FoldRun, FoldTask
from databoard.runner.warm_jails import WarmJails
from databoard.states import SubmissionState

#: What the code of a kit may import of databoard, and the inside's own main program. ``runner`` and ``jail``
#: come without the rest of their rooms.
PARTS = (
    "errors.py",
    "clock.py",
    "states.py",
    "text_files.py",
    "plain_text.py",
    "kits",
    "scoring",
    "workflows",
    "runner/fold_worker.py",
    "runner/hints.py",
)


_one_at_a_time = threading.Lock()
#: By content or by path.
_sealed: "weakref.WeakValueDictionary[object, SealedFile]" = weakref.WeakValueDictionary()


def run_fold(
    task: FoldTask, on_state: Callable[[str], None], cancelled: threading.Event, jails: WarmJails
) -> FoldRun:
    """Train and test a submission on one fold inside the jail.

    Parameters
    ----------
    on_state : callable
        Called with ``training``, ``trained``, ``validated``, ``tested`` as the fold advances.
    jails : WarmJails
        The warm jails of the machine that the fold runs on.

    Raises
    ------
    JailError
        If the jail failed before any untrusted code ran, or a process of the run survived it.
    """
    if cancelled.is_set():
        return FoldRun(task.number, SubmissionState.cancelled, message="Cancelled before it started.")
    kit = _shared(task)
    # Files of this run alone: their times and marks would carry messages to the next.
    submission = (SealedFile(pickle.dumps(task.files)), SealedFile(task.inputs.labels.read_bytes()))
    test_rows = SealedFile(task.inputs.x_test.read_bytes()) if task.inputs.x_test else None
    reader = FoldReader(task.expected, test_rows.descriptor if test_rows else None, on_state)
    report = jails.run(
        _recipe(task),
        shared=kit,
        own=submission,
        reader=reader,
        limits=task.limits,
        mode=task.jail_mode,
        cancelled=cancelled,
    )
    return _conclude(task, reader, report)


def warm_up(task: FoldTask, jails: WarmJails) -> None:
    """Start what the first fold of a kit would wait for."""
    jails.warm_up(_recipe(task), shared=_shared(task), limits=task.limits)


def _recipe(task: FoldTask) -> Recipe:
    interpreter = task.interpreter or jail.own_interpreter()
    return Recipe("databoard.runner.fold_worker", PARTS, task.preload, interpreter)


def _shared(task: FoldTask) -> tuple[SealedFile, SealedFile]:
    """Return the kit's code and X of its training rows; the same objects for as long as a zygote holds them."""
    with _one_at_a_time:  # two folds that begin together must find the same files, and so the same zygote
        code = frozenset(task.kit_files.items())
        files = _sealed.get(code) or SealedFile(pickle.dumps(task.kit_files))
        # A file of the cache: its name changes when its content does.
        x_train = _sealed.get(task.inputs.x_train) or SealedFile(task.inputs.x_train.read_bytes())
        _sealed[code], _sealed[task.inputs.x_train] = files, x_train
        return files, x_train


def _conclude(task: FoldTask, reader: FoldReader, report: JailReport) -> FoldRun:
    if report.verdict == Verdict.cancelled:
        return _fold_run(task, reader, report, SubmissionState.cancelled, message="Cancelled while it ran.")
    if report.verdict == Verdict.ok:
        return _fold_run(
            task,
            reader,
            report,
            SubmissionState.tested,
            y_pred_train=reader.y_pred_train,
            y_pred_test=reader.y_pred_test,
        )
    if reader.step is None:
        raise JailError(
            f"Fold {task.number} did not get as far as the submission's code ({report.verdict}, "
            f"{report.detail or 'no detail'}): {report.log[-2000:].strip()}"
        )
    trace = ""
    if reader.error is not None:
        code, message, trace = failure_messages.explain_error(
            reader.error, reader.step, task.files, task.limits
        )
    else:
        code, message = failure_messages.explain_verdict(report, task.limits, reader.step, task.files)
    told = {"error_code": code, "message": message, "trace": trace}
    suspicion = suspicion_of(reader, report, task.files)
    return _fold_run(task, reader, report, f"{reader.step}_error", suspicion=suspicion, **told)


def _fold_run(task: FoldTask, reader: FoldReader, report: JailReport, state: str, **facts: Any) -> FoldRun:
    return FoldRun(
        number=task.number,
        state=state,
        train_time_s=reader.times_s.get("training"),
        valid_time_s=reader.times_s.get("validating"),
        test_time_s=reader.times_s.get("testing"),
        cpu_time_s=report.cpu_time_s,
        max_rss_bytes=report.max_rss_bytes,
        log=failure_messages.scrub_paths(report.log),
        **facts,
    )
