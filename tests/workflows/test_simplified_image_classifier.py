"""Workflow ``simplified_image_classifier``: images from a loader."""

import numpy as np
import pytest

from databoard import workflows
from databoard.errors import SubmissionError
from databoard.workflows.simplified_image_classifier import ImageLoader

CLASSIFIER = """
import numpy as np

class ImageClassifier:
    def fit(self, loader):
        self.pairs = [(float(image.mean()), label) for image, label in loader]
        self.several = loader.parallel_load([0, 2])
    def predict_proba(self, loader):
        means = np.array([loader.load(i).mean() for i in range(len(loader))])
        return np.column_stack([means, 1 - means])
"""
X = np.arange(5.0)[:, None, None] * np.ones((5, 3, 3))
Y = np.array([0, 1, 0, 1, 1])


@pytest.fixture
def workflow():
    return workflows.SimplifiedImageClassifier(n_classes=2)


def trained(workflow, folder, source=CLASSIFIER, X=X):
    (folder / "image_classifier.py").write_text(source)
    return workflow.train_submission(folder, X, Y, np.array([1, 3, 4]))


@pytest.mark.parametrize("images", [X, list(X)], ids=["array", "list"])
def test_the_classifier_learns_from_the_training_images_with_labels(workflow, tmp_path, images):
    model = trained(workflow, tmp_path, X=images)
    assert model.pairs == [(1.0, 1), (3.0, 1), (4.0, 1)]
    several, labels = model.several
    assert ([image[0, 0] for image in several], labels) == ([1.0, 4.0], [1, 1])


def test_it_predicts_from_images_alone(workflow, tmp_path):
    y_pred = workflow.test_submission(trained(workflow, tmp_path), X)
    assert y_pred.tolist() == [[0, 1], [1, 0], [2, -1], [3, -2], [4, -3]]
    assert len(ImageLoader(X, None, 2).parallel_load([1, 2])) == 2


@pytest.mark.parametrize("index", [-1, 5])
def test_an_image_out_of_range_is_refused(index):
    with pytest.raises(IndexError, match=f"from 0 to 4, got {index}"):
        ImageLoader(X, Y, 2).load(index)


def test_a_quarter_turn_moves_the_first_row_to_a_column():
    image = np.zeros((3, 3))
    image[0] = 1
    quarter = {"name": "rotate", "l_angle": 90, "u_angle": 90}
    [turned] = ImageLoader([image], None, 2).parallel_load([0], [quarter])
    assert turned.sum(axis=0).round(6).tolist() == [3, 0, 0]


def test_a_transform_that_nobody_knows_is_named():
    with pytest.raises(ValueError, match="called rotate, got 'flip'"):
        ImageLoader(X, None, 2).parallel_load([0], [{"name": "flip"}])


def test_a_missing_class_is_named(workflow, tmp_path):
    with pytest.raises(
        SubmissionError, match=r"image_classifier.py to define ImageClassifier, .* fit\(loader\)"
    ):
        trained(workflow, tmp_path, "x = 1\n")
