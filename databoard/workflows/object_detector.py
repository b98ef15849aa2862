"""Workflow ``object_detector``: one file that finds circles in images."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from databoard.errors import SubmissionError
from databoard.states import ErrorCode
from databoard.workflows.one_file import OneFileWorkflow


class ObjectDetector(OneFileWorkflow):
    """Fit the ``ObjectDetector`` of ``object_detector.py``; it returns a list of circles per image.

    ``fit(X, y)`` gets the images and lists of (x, y, radius).

    Parameters
    ----------
    max_objects : int
        Most circles of an image, that of ``make_detection``.
    workflow_element_names : sequence of one str, optional
        Stem of the file.
    """

    name, class_name, predicts_by = "object_detector", "ObjectDetector", "predict"

    def __init__(self, max_objects: int = 50, workflow_element_names: Sequence[str] | None = None) -> None:
        super().__init__(workflow_element_names)
        self.max_objects = max_objects

    def test_submission(self, trained_model: Any, X: Any) -> np.ndarray:
        """Return ndarray of shape (n_images, 4 * max_objects): confidence, x, y, radius, -1 where none is.

        Raises
        ------
        SubmissionError
            If ``predict`` does not give one list per image, of at most ``max_objects`` circles of four numbers.
        """
        images = self.prediction_method(trained_model)(X)
        if len(images) != len(X):
            raise self._refused(f"one list of circles per image ({len(X)}), got {len(images)}")
        y_pred = np.full((len(X), 4 * self.max_objects), -1.0)
        for row, image in zip(y_pred, images, strict=True):
            circles = np.array([tuple(circle) for circle in image], dtype=float)
            if circles.size and (circles.ndim != 2 or circles.shape[1] != 4):
                raise self._refused(f"circles (confidence, x, y, radius), got shape {circles.shape}")
            if len(circles) > self.max_objects:
                raise self._refused(f"at most {self.max_objects} circles per image, got {len(circles)}")
            row[: circles.size] = circles.reshape(-1)
        return y_pred

    def _refused(self, what: str) -> SubmissionError:
        return SubmissionError(
            f"Expected predict of {self.file_name} to give {what}.",
            step="validating",
            code=ErrorCode.bad_output,
        )
