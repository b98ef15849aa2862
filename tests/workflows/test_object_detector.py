"""Workflow ``object_detector``: lists of circles become an array of fixed width."""

import numpy as np
import pytest

from databoard import workflows
from databoard.errors import SubmissionError

SOURCE = """
class ObjectDetector:
    def fit(self, X, y):
        self.n_images = len(X), len(y)
    def predict(self, X):
        return [{circles}] + [[]] * (len(X) - 1)
"""
X = np.zeros((3, 8, 8))
Y = np.empty(3, dtype=object)
Y[:] = [[(1, 2, 3)], [], []]


def trained(folder, circles):
    (folder / "object_detector.py").write_text(SOURCE.format(circles=circles))
    workflow = workflows.ObjectDetector(max_objects=2)
    return workflow, workflow.train_submission(folder, X, Y, [0, 2])


def test_circles_fill_the_first_places_of_their_image(tmp_path):
    workflow, model = trained(tmp_path, "[(0.9, 1, 2, 3)]")
    assert model.n_images == (2, 2)
    assert workflow.test_submission(model, X).tolist() == [[0.9, 1, 2, 3, *[-1] * 4], [-1] * 8, [-1] * 8]


@pytest.mark.parametrize(
    ("circles", "message"),
    [
        ("[(0.9, 1, 2, 3)] * 3", "at most 2 circles per image, got 3"),
        ("[(1, 2, 3)]", r"circles \(confidence, x, y, radius\), got shape \(1, 3\)"),
        ("[], []", r"one list of circles per image \(3\), got 4"),
    ],
)
def test_other_lists_are_refused(tmp_path, circles, message):
    workflow, model = trained(tmp_path, circles)
    with pytest.raises(SubmissionError, match=message):
        workflow.test_submission(model, X)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SubmissionError, match=r"Expected a file object_detector\.py"):
        workflows.ObjectDetector().train_submission(tmp_path, X, Y)
