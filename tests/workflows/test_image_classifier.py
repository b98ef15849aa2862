"""Workflow ``image_classifier``: images in batches."""

import itertools

import numpy as np
import pytest

from databoard import workflows
from databoard.errors import SubmissionError
from databoard.workflows.image_classifier import BatchGeneratorBuilder

PREPROCESSOR = "def transform(image):\n    return image[:2, :2] + 1\n"
CLASSIFIER = """
import numpy as np

class BatchClassifier:
    def fit(self, gen_builder):
        gen_train, gen_valid, self.nb_train, self.nb_valid = gen_builder.get_train_valid_generators(2, 0.25)
        self.X, self.y = next(gen_train)
    def predict_proba(self, X):
        self.sizes = [*getattr(self, "sizes", []), X.shape]
        return np.tile(X.mean(axis=(1, 2, 3))[:, None], (1, 3))
"""
X = np.arange(10.0)[:, None, None] * np.ones((10, 4, 4))
Y = np.arange(10) % 3


def trained(folder, preprocessor=PREPROCESSOR):
    (folder / "image_preprocessor.py").write_text(preprocessor)
    (folder / "batch_classifier.py").write_text(CLASSIFIER)
    workflow = workflows.ImageClassifier(n_classes=3, test_batch_size=4)
    return workflow, workflow.train_submission(folder, X, Y, np.arange(1, 9))


def test_the_classifier_learns_from_batches_of_transformed_training_images(tmp_path):
    _, (_, model) = trained(tmp_path)
    assert (model.nb_train, model.nb_valid) == (6, 2)
    assert (model.X.shape, model.X.dtype) == ((2, 1, 2, 2), np.float32)
    assert model.X[:, 0, 0, 0].tolist() == [2, 3]
    assert model.y.tolist() == [[0, 1, 0], [0, 0, 1]]


def test_predictions_are_made_in_batches_and_put_together(tmp_path):
    workflow, trained_model = trained(tmp_path)
    y_pred = workflow.test_submission(trained_model, X)
    assert [shape[0] for shape in trained_model[1].sizes] == [4, 4, 2]
    assert y_pred[:, 0].tolist() == list(range(1, 11))


def test_a_transform_of_its_own_for_prediction_is_used(tmp_path):
    workflow, model = trained(tmp_path, PREPROCESSOR + "def transform_test(image):\n    return image + 5\n")
    assert workflow.test_submission(model, X)[0, 0] == 5
    assert model[1].X[0, 0, 0, 0] == 2


def test_generators_begin_again_and_an_empty_one_ends():
    builder = BatchGeneratorBuilder(X[:3], Y[:3], lambda image: image, 3)
    gen_train, gen_valid, *counts = builder.get_train_valid_generators(batch_size=2, valid_ratio=0.1)
    assert counts == [3, 0]
    assert [len(images) for images, _ in itertools.islice(gen_train, 4)] == [2, 1, 2, 1]
    assert list(gen_valid) == []


def test_images_of_different_shapes_are_refused(tmp_path):
    with pytest.raises(SubmissionError, match="images of one shape, got 2 shapes"):
        trained(tmp_path, "def transform(image):\n    return image[: 1 + int(image.max()) % 2]\n")


def test_a_missing_transform_is_named(tmp_path):
    with pytest.raises(SubmissionError, match=r"Expected image_preprocessor\.py to define transform"):
        trained(tmp_path, "x = 1\n")
