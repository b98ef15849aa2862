"""Workflow ``estimator``: one file that returns a scikit-learn estimator."""

from databoard.workflows.sklearn_pipeline import SKLearnPipeline


class Estimator(SKLearnPipeline):
    """Fit what ``get_estimator()`` of ``estimator.py`` returns; see :class:`SKLearnPipeline`."""

    name = "estimator"

    def __init__(self) -> None:
        super().__init__()
