"""Given a kit and the files of a submission, train and predict every fold inside the jail.

No database and no web. Three programs meet here: this room, in the worker; ``scorer``, which alone
holds labels; and ``fold_worker``, inside the jail, which meets the submission. Executors decide where folds
run.
"""

import logging
from pathlib import Path

from databoard.jail import Limits, check
from databoard.runner.predictions import load_predictions, save_predictions
from databoard.runner.scorer.client import ScorerError
from databoard.runner.task import FoldRun, TrainingTask
from databoard.runner.train_test import Runner
from databoard.runner.warm_room import WarmRoom

__all__ = [
    "FoldRun",
    "Limits",
    "Runner",
    "ScorerError",
    "TrainingTask",
    "WarmRoom",
    "check",
    "load_predictions",
    "require_jail",
    "save_predictions",
]

_log = logging.getLogger(__name__)


def require_jail(mode: str, *, hidden: tuple[Path, ...] = (), min_level: str = "B") -> str:
    """Refuse to go on unless the jail holds; called before a worker takes its first job.

    Parameters
    ----------
    hidden : tuple of Path
        Folders that no submission may see: the server's home, the kits.
    min_level : {"A", "B"}
        The least wall that will do, see :class:`databoard.jail.CheckReport`.

    Returns
    -------
    str
        The level reached: ``A``, ``B``, or ``none`` when no jail is wanted.

    Raises
    ------
    JailError
        If bubblewrap is missing, a layer is open, a hidden folder would be shown, or the level is too low.
        Mode ``none`` only logs, loudly.
    """
    if mode == "none":
        _log.warning("DATABOARD_JAIL=none: submissions run WITHOUT isolation. Only for code that you trust.")
        return "none"
    report = check(mode, hidden=hidden)
    report.raise_if_open(min_level)
    _log.info("the jail holds, level %s", report.level)
    return report.level
