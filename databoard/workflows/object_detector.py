"""Workflow ``object_detector``: one file that finds circles in images."""

import numpy as np

from databoard.errors import SubmissionError

from .importing import load_name, method_of, take_rows


class ObjectDetector:
    """Fit the ``ObjectDetector`` of ``object_detector.py``; it returns a list of circles per image.

    Parameters
    ----------
    max_objects : int
        Most circles of an image, that of ``make_detection``.
    workflow_element_names : sequence of one str
        Stem of the file.
    """

    name = "object_detector"

    def __init__(self, max_objects=50, workflow_element_names=("object_detector",)):
        self.max_objects = max_objects
        self.element_names = list(workflow_element_names)
        self.file_name = f"{self.element_names[0]}.py"

    def train_submission(self, module_path, X, y, train_is=None, prev_trained_model=None):
        """Return an ``ObjectDetector`` fitted on the images ``train_is``; y holds lists of (x, y, radius).

        Raises
        ------
        SubmissionError
            If the file is missing, fails on import or has no class ``ObjectDetector``.
        """
        Model = load_name(
            module_path, self.file_name, "ObjectDetector", purpose="class with fit(X, y) and predict(X)"
        )
        model = Model()
        fit = method_of(model, "fit", file_name=self.file_name, step="training")
        fit(take_rows(X, train_is), take_rows(y, train_is))
        return model

    def test_submission(self, trained_model, X):
        """Return ndarray of shape (n_images, 4 * max_objects): confidence, x, y, radius, -1 where none is.

        Raises
        ------
        SubmissionError
            If ``predict`` does not give one list per image, of at most ``max_objects`` circles of four numbers.
        """
        images = method_of(trained_model, "predict", file_name=self.file_name)(X)
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

    def _refused(self, what):
        return SubmissionError(
            f"Expected predict of {self.file_name} to give {what}.", step="validating", code="bad_output"
        )
