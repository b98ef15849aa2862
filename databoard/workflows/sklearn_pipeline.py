"""Workflow ``sklearn_pipeline``: one file that returns a scikit-learn estimator, beside files of any kind."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from databoard.workflows.importing import check_is_there, load_name, method_of
from databoard.workflows.rows import take_rows


class SKLearnPipeline:
    """Fit what ``get_estimator()`` of one file returns.

    A classifier predicts by ``predict_proba``, anything else by ``predict``.

    Parameters
    ----------
    filename : str
        The file of code.
    additional_filenames : sequence of str, optional
        Files that every submission has beside it; the platform never reads them.
    """

    name = "sklearn_pipeline"

    def __init__(
        self, filename: str = "estimator.py", additional_filenames: Iterable[str] | None = None
    ) -> None:
        self.filename = filename
        self.additional_filenames = list(additional_filenames or ())
        self.element_names = [Path(filename).stem, *self.additional_filenames]

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> Any:
        """Return the estimator fitted on the rows ``train_is``.

        Parameters
        ----------
        module_path : str or Path
            Folder with the submission's files.
        X : DataFrame or array of n_samples rows
        y : ndarray of shape (n_samples,) or (n_samples, n_targets)
        train_is : ndarray of int, optional
            Rows to train on; all when ``None``.
        prev_trained_model : estimator, optional
            Continue fitting this one instead of a fresh estimator.

        Raises
        ------
        SubmissionError
            If a file is missing, or that of code fails on import or has no ``get_estimator``.
        """
        for name in self.additional_filenames:
            check_is_there(module_path, name if "." in name else f"{name}.py")
        get_estimator = load_name(
            module_path,
            self.filename,
            "get_estimator",
            purpose="function without arguments that returns an estimator with fit(X, y)",
        )
        model = get_estimator() if prev_trained_model is None else prev_trained_model
        fit = method_of(model, "fit", file_name=self.filename, step="training")
        fit(take_rows(X, train_is), take_rows(y, train_is))
        return model

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return probabilities (n_samples, n_classes) of a classifier, values (n_samples,) of a regressor."""
        name = "predict_proba" if _is_classifier(trained_model) else "predict"
        return method_of(trained_model, name, file_name=self.filename)(X)


def _is_classifier(model: Any) -> bool:
    if not hasattr(model, "__sklearn_tags__"):  # written without scikit-learn's base classes
        return hasattr(model, "predict_proba")
    from sklearn.base import is_classifier

    return is_classifier(model)
