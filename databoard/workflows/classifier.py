"""Workflow ``classifier``: one file with a class ``Classifier``."""

from .importing import load_name, method_of, take_rows


class Classifier:
    """Fit the ``Classifier`` of ``classifier.py`` and predict one probability per class.

    Parameters
    ----------
    workflow_element_names : sequence of one str
        Stem of the file.
    """

    name = "classifier"

    def __init__(self, workflow_element_names=("classifier",)):
        self.element_names = list(workflow_element_names)
        self.file_name = f"{self.element_names[0]}.py"

    def train_submission(self, module_path, X, y, train_is=None, prev_trained_model=None):
        """Return a ``Classifier`` fitted on the rows ``train_is`` (all when ``None``).

        A ``prev_trained_model`` is handed to ``fit`` as its third argument, as in RAMP.

        Raises
        ------
        SubmissionError
            If the file is missing, fails on import or has no class ``Classifier``.
        """
        Model = load_name(
            module_path, self.file_name, "Classifier", purpose="class with fit(X, y) and predict_proba(X)"
        )
        model = Model()
        fit = method_of(model, "fit", file_name=self.file_name, step="training")
        previous = () if prev_trained_model is None else (prev_trained_model,)
        fit(take_rows(X, train_is), take_rows(y, train_is), *previous)
        return model

    def test_submission(self, trained_model, X):
        """Return probabilities, ndarray of shape (n_samples, n_classes)."""
        return method_of(trained_model, "predict_proba", file_name=self.file_name)(X)
