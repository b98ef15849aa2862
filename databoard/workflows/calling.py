"""Call a kit's workflow the way RAMP does. Used in the jail and on a participant's own machine."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from databoard.workflows import modules

if TYPE_CHECKING:
    import numpy as np


def train(workflow: Any, folder: Path, X: Any, y: Any, train_is: "np.ndarray") -> Any:
    """Return the model that the files in ``folder`` train on the rows ``train_is``.

    The arguments go by position: not every workflow calls the rows ``train_is``. The files are executed, as new
    modules, whatever an earlier fold has loaded.
    """
    modules.begin_fold(folder)
    return workflow.train_submission(str(folder), X, y, train_is)


def predict(workflow: Any, model: Any, X: Any, fold: "tuple[np.ndarray, np.ndarray] | None" = None) -> Any:
    """Return what the model predicts for all of ``X``.

    Parameters
    ----------
    fold : pair (train_is, test_is), optional
        For a workflow that looks predictions up by fold, when ``X`` is the training set; it has a third
        argument of that name.
    """
    if list(inspect.signature(workflow.test_submission).parameters)[2:3] == ["fold"]:
        return workflow.test_submission(model, X, fold)
    return workflow.test_submission(model, X)
