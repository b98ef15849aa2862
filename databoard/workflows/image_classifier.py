"""Workflow ``image_classifier``: preprocess images one by one, learn from and predict them in batches.

Preprocessed images exist a batch at a time only, so that they may be much larger than what X holds.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from databoard.errors import SubmissionError
from databoard.states import ErrorCode
from databoard.workflows.importing import load_name, method_of
from databoard.workflows.rows import take_rows

#: Pairs of images and one-hot labels.
Batches = Iterator[tuple[np.ndarray, np.ndarray]]


class ImageClassifier:
    """Fit the ``BatchClassifier`` of one file on images that pass through ``transform`` of another.

    Parameters
    ----------
    n_classes : int
        Labels are the whole numbers from 0 to ``n_classes - 1``.
    test_batch_size : int
        Images that ``predict_proba`` gets at once.
    workflow_element_names : sequence of two str
        Stems of the two files.
    chunk_size, n_jobs : int, optional
        Accepted as RAMP does, and not used: images are not read from files here.
    """

    name = "image_classifier"

    def __init__(
        self,
        n_classes: int,
        test_batch_size: int = 256,
        workflow_element_names: Sequence[str] = ("image_preprocessor", "batch_classifier"),
        *,
        chunk_size: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_classes, self.test_batch_size = n_classes, test_batch_size
        self.element_names = list(workflow_element_names)
        self._preprocessor_file, self._classifier_file = (f"{stem}.py" for stem in self.element_names)

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> tuple[Any, Any]:
        """Return (transform for prediction, classifier), fitted on the images ``train_is``.

        Parameters
        ----------
        X : ndarray or list of n_samples images
        y : ndarray of int, (n_samples,)

        Raises
        ------
        SubmissionError
            If a file is missing, fails on import or lacks its function or class.
        """
        transform = load_name(
            module_path, self._preprocessor_file, "transform", purpose="function from image to image"
        )
        # An own transform for prediction is optional: leave out what was random on purpose.
        transform_test = getattr(transform, "__globals__", {}).get("transform_test", transform)
        Model = load_name(
            module_path,
            self._classifier_file,
            "BatchClassifier",
            purpose="class with fit(gen_builder) and predict_proba(X)",
        )
        model = Model()
        builder = BatchGeneratorBuilder(
            take_rows(X, train_is), take_rows(y, train_is), transform, self.n_classes
        )
        method_of(model, "fit", file_name=self._classifier_file, step="training")(builder)
        return transform_test, model

    def test_submission(self, trained_model: Any, X: Any) -> np.ndarray:
        """Return probabilities, ndarray of shape (n_samples, n_classes)."""
        transform, model = trained_model
        predict_proba = method_of(model, "predict_proba", file_name=self._classifier_file)
        starts = range(0, len(X), self.test_batch_size)
        batches = (preprocessed(X[start : start + self.test_batch_size], transform) for start in starts)
        return np.concatenate([predict_proba(batch) for batch in batches])


class BatchGeneratorBuilder:
    """What ``BatchClassifier.fit`` gets: it hands out the training images in batches, for ever.

    Attributes
    ----------
    nb_examples : int
        Images to train on, validation included. (The name is RAMP's.)
    """

    def __init__(self, images: Any, labels: Any, transform: Callable[[Any], Any], n_classes: int) -> None:
        self.nb_examples = len(images)
        self._images, self._transform = images, transform
        self._one_hot = np.eye(n_classes)[np.asarray(labels, dtype=int)]

    def get_train_valid_generators(
        self, batch_size: int = 256, valid_ratio: float = 0.1
    ) -> tuple[Batches, Batches, int, int]:
        """Return (gen_train, gen_valid, nb_train, nb_valid); the last images are for validation.

        A generator yields pairs of images, float32 with the batch first, and one-hot labels, and begins
        again after the last image. One without images yields nothing.
        """
        nb_valid = int(valid_ratio * self.nb_examples)
        nb_train = self.nb_examples - nb_valid
        return (
            self._batches(0, nb_train, batch_size),
            self._batches(nb_train, self.nb_examples, batch_size),
            nb_train,
            nb_valid,
        )

    def _batches(self, first: int, end: int, batch_size: int) -> Batches:
        while first < end:
            for start in range(first, end, batch_size):
                rows = slice(start, min(start + batch_size, end))
                yield preprocessed(self._images[rows], self._transform), self._one_hot[rows]


def preprocessed(images: Any, transform: Callable[[Any], Any]) -> np.ndarray:
    """Return the transformed images as float32; images without colours get one channel, the first axis.

    Raises
    ------
    SubmissionError
        If ``transform`` gives images of different shapes.
    """
    transformed = [np.asarray(transform(image), dtype=np.float32) for image in images]
    shapes = {image.shape for image in transformed}
    if len(shapes) > 1:
        raise SubmissionError(
            f"Expected transform to give images of one shape, got {len(shapes)} shapes. Crop or resize them.",
            code=ErrorCode.training_error,
        )
    batch = np.stack(transformed)
    return batch[:, None] if batch.ndim == 3 else batch
