"""Workflow ``simplified_image_classifier``: one file that takes images, one at a time or several, from a loader."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from databoard.workflows.one_file import OneFileWorkflow
from databoard.workflows.rows import n_rows, take_rows

SEED = 57


class SimplifiedImageClassifier(OneFileWorkflow):
    """Fit the ``ImageClassifier`` of ``image_classifier.py``; both its methods get an :class:`ImageLoader`.

    Parameters
    ----------
    n_classes : int
        Labels are the whole numbers from 0 to ``n_classes - 1``.
    workflow_element_names : sequence of one str
        Stem of the file.
    """

    name, class_name, predicts_by = "simplified_image_classifier", "ImageClassifier", "predict_proba"

    def __init__(self, n_classes: int, workflow_element_names: Sequence[str] = ("image_classifier",)) -> None:
        super().__init__(workflow_element_names)
        self.n_classes = n_classes

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> Any:
        """Return an ``ImageClassifier``, fitted by ``fit(loader)`` on the images ``train_is``.

        Parameters
        ----------
        X : ndarray or list of n_samples images, each (height, width[, colours])
        y : ndarray of int, (n_samples,)

        Raises
        ------
        SubmissionError
            If the file is missing, fails on import or lacks its class.
        """
        model = self.new_model(module_path, purpose="class with fit(loader) and predict_proba(loader)")
        loader = ImageLoader(take_rows(X, train_is), take_rows(y, train_is), self.n_classes)
        self.fit_method(model)(loader)
        return model

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return probabilities, ndarray of shape (n_samples, n_classes)."""
        return self.prediction_method(trained_model)(ImageLoader(X, None, self.n_classes))


class ImageLoader:
    """Hands out images, with their labels when training; its length is their number.

    Attributes
    ----------
    nb_examples, n_classes : int
        (The names are RAMP's.)
    """

    def __init__(self, images: Any, labels: Any, n_classes: int) -> None:
        self.nb_examples, self.n_classes = n_rows(images), n_classes
        self._images, self._labels = images, labels
        self._rng = np.random.default_rng(SEED)

    def load(self, index: int) -> Any:
        """Return the pair (image, label), or the image alone when predicting.

        Raises
        ------
        IndexError
            If ``index`` is not from 0 to ``nb_examples - 1``.
        """
        if not 0 <= index < self.nb_examples:
            raise IndexError(f"Expected an image from 0 to {self.nb_examples - 1}, got {index}.")
        image = np.asarray(self._images[index])
        return image if self._labels is None else (image, self._labels[index])

    def parallel_load(
        self, indexes: Sequence[int], transforms: Sequence[dict[str, Any]] | None = None
    ) -> Any:
        """Return the list of several images, or the pair of that and the list of their labels.

        Parameters
        ----------
        indexes : sequence of int
        transforms : list of dict, optional
            What to do with each image, so far ``{"name": "rotate", "l_angle": -10, "u_angle": 10}``: rotate it
            by a random angle between the two, in degrees.

        Raises
        ------
        IndexError
            If an index is not from 0 to ``nb_examples - 1``.
        ValueError
            If a transform is not known.
        """
        loaded = [self.load(index) for index in indexes]
        images = loaded if self._labels is None else [image for image, _ in loaded]
        images = [self._transformed(image, transforms or ()) for image in images]
        return images if self._labels is None else (images, [label for _, label in loaded])

    def __iter__(self) -> Iterator[Any]:
        return (self.load(index) for index in range(self.nb_examples))

    def __len__(self) -> int:
        return self.nb_examples

    def _transformed(self, image: np.ndarray, transforms: Iterable[dict[str, Any]]) -> np.ndarray:
        from scipy.ndimage import rotate

        for transform in transforms:
            if transform["name"] != "rotate":
                raise ValueError(f"Expected a transform called rotate, got {transform['name']!r}.")
            angle = self._rng.uniform(transform["l_angle"], transform["u_angle"])
            image = rotate(image, angle, reshape=False, order=1)
        return image
