"""What the workflows of one file share: the file holds one class; fit it, then call one method of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from databoard.workflows.importing import load_name, method_of
from databoard.workflows.rows import take_rows


class OneFileWorkflow:
    """Fit the class ``class_name`` of one file and predict with its method ``predicts_by``.

    Parameters
    ----------
    workflow_element_names : sequence of one str, optional
        Stem of the file; the workflow's own name by default.
    """

    name: str
    class_name: str
    predicts_by: str
    #: What the class may be called as well.
    other_class_name: "str | None" = None
    #: Whether ``fit`` gets an earlier model as its third argument, as RAMP's classifier and regressor do.
    hands_on_previous = False

    def __init__(self, workflow_element_names: Sequence[str] | None = None) -> None:
        self.element_names = list(workflow_element_names or (self.name,))
        self.file_name = f"{self.element_names[0]}.py"

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> Any:
        """Return an object of the file's class, fitted on the rows ``train_is`` (all when ``None``).

        Raises
        ------
        SubmissionError
            If the file is missing, fails on import or lacks its class.
        """
        model = self.new_model(module_path, purpose=f"class with fit(X, y) and {self.predicts_by}(X)")
        is_handed_on = self.hands_on_previous and prev_trained_model is not None
        previous = [prev_trained_model] if is_handed_on else []
        self.fit_method(model)(take_rows(X, train_is), take_rows(y, train_is), *previous)
        return model

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return what the model predicts for X."""
        return self.prediction_method(trained_model)(X)

    def new_model(self, module_path: str | Path, *, purpose: str) -> Any:
        """Return an object of the file's class, not fitted; SubmissionError as :func:`load_name`."""
        return load_name(
            module_path, self.file_name, self.class_name, purpose=purpose, other_name=self.other_class_name
        )()

    def fit_method(self, model: Any) -> Callable[..., Any]:
        """Return the bound method that fits; SubmissionError when the class lacks it."""
        return method_of(model, "fit", file_name=self.file_name, step="training")

    def prediction_method(self, trained_model: Any) -> Callable[..., Any]:
        """Return the bound method that predicts; SubmissionError when the class lacks it."""
        return method_of(trained_model, self.predicts_by, file_name=self.file_name)
