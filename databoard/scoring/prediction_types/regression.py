"""Real values: ``y_pred`` is one-dimensional, or has one column per target."""

from collections.abc import Iterable

from databoard.scoring.prediction_types.base import BasePrediction


def make_regression(label_names: Iterable[str] = ()) -> type[BasePrediction]:
    """Return a ``Predictions`` class for regression.

    Parameters
    ----------
    label_names : sequence of str
        Names of the targets. Empty for a single target and a one-dimensional ``y_pred``; one name makes
        it two-dimensional with one column, as in RAMP.

    Returns
    -------
    type
        ``Predictions(y_pred=... | y_true=... | n_samples=..., fold_is=None)``
    """
    label_names = list(label_names)
    n_columns = len(label_names)
    attributes = {"label_names": label_names, "n_columns": n_columns, "n_columns_true": n_columns}
    return type("Predictions", (BasePrediction,), attributes)
