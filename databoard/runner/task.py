"""What goes into the runner and what comes out: frozen values that can be pickled, for any executor."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from databoard.jail import Interpreter, Limits

if TYPE_CHECKING:
    import numpy as np

    from databoard.kits import Environment, Fold
    from databoard.runner.executors.content import Content


@dataclass(frozen=True, eq=False)
class TrainingTask:
    """One submission to train and test on every fold.

    Attributes
    ----------
    kit_path, kit_version
        The kit, and the version that the event was made with.
    folds : tuple of Fold
    files : dict of str to bytes
        The submission, by file name.
    limits : Limits
        Of one fold.
    scores : tuple of (shown name, name in problem.py)
    official : str
        Shown name of the official score.
    environment : Environment or None
        In which kit and submissions run; ``None`` for that of the server.
    resources : str
        What a Dask worker must offer, such as ``"GPU=1 MEMORY=8e9"``; this machine is not asked.
    """

    kit_path: Path
    kit_version: str
    folds: "tuple[Fold, ...]"
    files: dict[str, bytes] = field(repr=False)
    limits: Limits
    scores: tuple[tuple[str, str], ...]
    official: str
    environment: "Environment | None" = None
    resources: str = ""


@dataclass(frozen=True, eq=False)
class FoldRun:
    """How one fold went.

    Attributes
    ----------
    state : str
        ``tested``, ``training_error``, ``validating_error``, ``testing_error`` or ``cancelled``.
    error_code : str or None
        ``import_error training_error validating_error testing_error timeout out_of_memory too_many_processes
        disk_full output_too_large bad_output crashed``; ``None`` when all went well or it was cancelled.
    message : str
        One line for the participant: what was expected, what came, what to do.
    trace : str
        The participant's own traceback, with their file names and lines.
    y_pred_train, y_pred_test : ndarray of float64, or None
        Checked for shape and finiteness.
    train_time_s, valid_time_s, test_time_s : float or None
        Measured outside the jail, between frames; ``None`` for a step that did not end.
    cpu_time_s : float or None
        Of all processes, before the hidden test rows were handed over; ``None`` when nothing was run.
    max_rss_bytes, log
        Memory and output before then.
    suspicion : str
        What its failure says about other rows, a :class:`databoard.runner.fast_fail_rules.Suspicion`.
    """

    number: int
    state: str
    error_code: str | None = None
    message: str = ""
    trace: str = ""
    y_pred_train: "np.ndarray | None" = field(default=None, repr=False)
    y_pred_test: "np.ndarray | None" = field(default=None, repr=False)
    train_time_s: float | None = None
    valid_time_s: float | None = None
    test_time_s: float | None = None
    cpu_time_s: float | None = None
    max_rss_bytes: int = 0
    log: str = ""
    suspicion: str = "none"


@dataclass(frozen=True)
class FoldInputs:
    """Where the scorer wrote what the jail may see of one fold; pickles, trusted to hostile.

    Attributes
    ----------
    x_train, x_test : Path, or Content on a worker of Dask
        ``x_test`` is ``None`` without hidden test rows.
    labels : Path or Content
        ``(y, train_is, test_is)``, fillers in every row of ``y`` outside ``train_is``.
    """

    x_train: "Path | Content"
    x_test: "Path | Content | None"
    labels: "Path | Content"


@dataclass(frozen=True)
class ExpectedPredictions:
    """The shapes that a submission must return.

    Attributes
    ----------
    train, test : tuple of int
        ``(n,)`` or ``(n, columns)``; ``test`` is ``None`` without hidden test rows.
    probability_columns : tuple of int
        The columns where a negative value is an error.
    is_lists : bool
        Each row is a list of objects; they come packed, see :mod:`databoard.scoring.prediction_types.forms`.
    """

    train: tuple[int, ...]
    test: tuple[int, ...] | None
    probability_columns: tuple[int, ...]
    is_lists: bool = False


@dataclass(frozen=True, eq=False)
class FoldTask:
    """One fold, ready for an executor.

    Attributes
    ----------
    kit_files : dict of str to bytes
        ``problem.py`` and ``external_imports/``, by path in the kit.
    interpreter : Interpreter or None
        The Python that runs inside; ``None`` for the server's own.
    preload : tuple of str
        Modules that submissions of the kit are likely to import.
    """

    number: int
    files: dict[str, bytes] = field(repr=False)
    kit_files: dict[str, bytes] = field(repr=False)
    inputs: FoldInputs
    expected: ExpectedPredictions
    limits: Limits
    jail_mode: str
    interpreter: Interpreter | None = None
    preload: tuple[str, ...] = ()
    resources: str = ""
