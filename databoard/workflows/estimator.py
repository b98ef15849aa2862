"""Workflow ``estimator``: one file that returns a scikit-learn estimator."""

from .importing import load_name, method_of, take_rows


class Estimator:
    """Fit what ``get_estimator()`` of ``estimator.py`` returns.

    A classifier predicts by ``predict_proba``, anything else by ``predict``.
    """

    name = "estimator"

    def __init__(self):
        self.element_names = ["estimator"]

    def train_submission(self, module_path, X, y, train_is=None, prev_trained_model=None):
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
            If ``estimator.py`` is missing, fails on import or has no ``get_estimator``.
        """
        get_estimator = load_name(
            module_path,
            "estimator.py",
            "get_estimator",
            purpose="function without arguments that returns an estimator with fit(X, y)",
        )
        model = get_estimator() if prev_trained_model is None else prev_trained_model
        fit = method_of(model, "fit", file_name="estimator.py", step="training")
        fit(take_rows(X, train_is), take_rows(y, train_is))
        return model

    def test_submission(self, trained_model, X):
        """Return probabilities (n_samples, n_classes) of a classifier, values (n_samples,) of a regressor."""
        name = "predict_proba" if _is_classifier(trained_model) else "predict"
        return method_of(trained_model, name, file_name="estimator.py")(X)


def _is_classifier(model):
    if not hasattr(model, "__sklearn_tags__"):  # written without scikit-learn's base classes
        return hasattr(model, "predict_proba")
    from sklearn.base import is_classifier

    return is_classifier(model)
