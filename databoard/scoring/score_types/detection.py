"""Scores of circles found in images, matched to the true ones so that the overlap is largest in sum.

As arrays they take truth and prediction of shape (n_images, 4 * max_objects), see
:mod:`databoard.scoring.prediction_types.detection`. Only circles surer than ``conf_threshold`` count, and of
a ``minipatch`` (x_min, x_max, y_min, y_max) only those with their centre in it.
"""

from collections.abc import Iterator, Sequence
from typing import SupportsFloat

import numpy as np

from databoard.errors import KitError, PredictionError
from databoard.scoring.prediction_types.detection import circles_of, match
from databoard.scoring.score_types.base import ScoreType

#: x_min, x_max, y_min, y_max; ``None``: the whole image.
Patch = tuple[int, int, int, int] | None


class _DetectionScoreType(ScoreType):
    precision = 3

    def __init__(
        self,
        name: str | None = None,
        precision: int | None = None,
        conf_threshold: float = 0.5,
        minipatch: Patch = None,
    ) -> None:
        super().__init__(name, precision)
        self.conf_threshold, self.minipatch = conf_threshold, minipatch

    def _check(self, y_true: np.ndarray, y_pred: np.ndarray) -> None:
        super()._check(y_true, y_pred)
        if any((circles_of(row)[:, 3] <= 0).any() for row in y_pred):
            raise PredictionError(
                "Expected circles with a radius above 0, got others. Leave such circles out."
            )

    def _images(self, y_true: np.ndarray, y_pred: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the true circles and the sure ones found, (n, 3) and (m, 3), of each image."""
        for truth, found in zip(map(circles_of, y_true), map(circles_of, y_pred), strict=True):
            yield truth[:, 1:], found[found[:, 0] > self.conf_threshold, 1:]

    def _in_patch(self, circles: np.ndarray) -> np.ndarray:
        if self.minipatch is None:
            return np.ones(len(circles), dtype=bool)
        x_min, x_max, y_min, y_max = self.minipatch
        x, y = circles[:, 0], circles[:, 1]
        return (x >= x_min) & (x < x_max) & (y >= y_min) & (y < y_max)


class _MatchScoreType(_DetectionScoreType):
    def __init__(
        self,
        name: str | None = None,
        precision: int | None = None,
        conf_threshold: float = 0.5,
        minipatch: Patch = None,
        iou_threshold: float = 0.5,
    ) -> None:
        super().__init__(name or f"{self.name}(IOU={iou_threshold})", precision, conf_threshold, minipatch)
        self.iou_threshold = iou_threshold

    def _matches(self, truth: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs of circles that overlap by more than the threshold, (k, 3) and (k, 3)."""
        rows, columns, overlaps = match(truth, found)
        is_match = overlaps > self.iou_threshold
        return truth[rows[is_match]], found[columns[is_match]]


class DetectionPrecision(_MatchScoreType):
    """Share of the circles found that match a true one; higher is better, in [0, 1].

    0 when nothing is found.

    Parameters
    ----------
    name, precision : see :class:`ScoreType`
    conf_threshold, minipatch : see the module
    iou_threshold : float
        A match overlaps more than this.
    """

    is_lower_the_better = False
    minimum, maximum = 0.0, 1.0
    name = "precision"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        images = [(truth, found[self._in_patch(found)]) for truth, found in self._images(y_true, y_pred)]
        n_found = sum(len(found) for _, found in images)
        return sum(len(self._matches(*image)[0]) for image in images) / max(n_found, 1)


class DetectionRecall(_MatchScoreType):
    """Share of the true circles that were found; higher is better, in [0, 1].

    Parameters: those of :class:`DetectionPrecision`.

    Raises
    ------
    KitError
        If the truth holds no circle.
    """

    is_lower_the_better = False
    minimum, maximum = 0.0, 1.0
    name = "recall"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        images = [(truth[self._in_patch(truth)], found) for truth, found in self._images(y_true, y_pred)]
        n_true = sum(len(truth) for truth, _ in images)
        if not n_true:
            self._refuse_truth("there is nothing to find")
        return sum(len(self._matches(*image)[0]) for image in images) / n_true


class _DeviationScoreType(_MatchScoreType):
    is_lower_the_better = True
    minimum, maximum = 0.0, float("inf")

    def _deviation(self, truth: np.ndarray, found: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        pairs = [
            self._matches(truth[self._in_patch(truth)], found)
            for truth, found in self._images(y_true, y_pred)
        ]
        truth, found = (np.vstack(side) for side in zip(*pairs, strict=True))
        if not len(truth):
            raise PredictionError(f"The {self.name} needs at least one circle found that matches a true one.")
        return np.mean(self._deviation(truth, found) / truth[:, 2])


class MADCenter(_DeviationScoreType):
    """Mean distance of matched centres, in true radii; lower is better, in [0, inf).

    Parameters: those of :class:`DetectionPrecision`.

    Raises
    ------
    PredictionError
        If nothing matches.
    """

    name = "mad_center"

    def _deviation(self, truth: np.ndarray, found: np.ndarray) -> np.ndarray:
        return np.hypot(*(found - truth)[:, :2].T)


class MADRadius(_DeviationScoreType):
    """Mean difference of matched radii, in true radii; lower is better, in [0, inf).

    Parameters: those of :class:`DetectionPrecision`.

    Raises
    ------
    PredictionError
        If nothing matches.
    """

    name = "mad_radius"

    def _deviation(self, truth: np.ndarray, found: np.ndarray) -> np.ndarray:
        return np.abs(found - truth)[:, 2]


class DetectionAveragePrecision(_MatchScoreType):
    """Area under the envelope of precision over recall, as the confidence falls; higher is better, in [0, 1].

    Every confidence that occurs is a threshold, equal ones are one. At each recall the best precision at
    that recall or a larger one counts. 0 when nothing is found.

    Raises
    ------
    KitError
        If the truth holds no circle.
    """

    is_lower_the_better = False
    minimum, maximum = 0.0, 1.0
    name = "average_precision"

    def __init__(
        self, name: str | None = None, precision: int | None = None, iou_threshold: float = 0.5
    ) -> None:
        super().__init__(name or self.name, precision, iou_threshold=iou_threshold)

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        found = [circles_of(row) for row in y_pred]
        thresholds = np.unique(np.concatenate([circles[:, 0] for circles in found]))[::-1]
        points = []
        for confidence in thresholds:
            below = np.nextafter(confidence, -1)
            precision, recall = (
                kind(conf_threshold=below, iou_threshold=self.iou_threshold)._score(y_true, y_pred)
                for kind in (DetectionPrecision, DetectionRecall)
            )
            points.append((recall, precision))
        if not points:
            DetectionRecall()._score(y_true, y_pred)  # refuses a truth without circles
            return 0.0
        recalls, precisions = np.array(sorted(points)).T
        envelope = np.maximum.accumulate(precisions[::-1])[::-1]
        return np.sum(np.diff(recalls, prepend=0.0) * envelope)


AverageDetectionPrecision = DetectionAveragePrecision  # its older name in RAMP


class OSPA(_DetectionScoreType):
    """One less twice the overlap of matched circles per circle, true or found; lower is better, in [0, 1].

    Optimal subpattern assignment: misses and false alarms cost 1 each, matches what they do not overlap.
    Without any circle the score is 0 (RAMP: 1).

    Parameters
    ----------
    name, precision : see :class:`ScoreType`
    conf_threshold, minipatch : see the module
    """

    is_lower_the_better = True
    minimum, maximum = 0.0, 1.0
    name = "ospa"

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        overlap, n_circles = 0.0, 0
        for truth, found in self._images(y_true, y_pred):
            rows, columns, overlaps = match(truth, found)
            true_in, found_in = self._in_patch(truth), self._in_patch(found)
            overlap += overlaps[true_in[rows]].sum() + overlaps[found_in[columns]].sum()
            n_circles += true_in.sum() + found_in.sum()
        return 1 - overlap / n_circles if n_circles else 0.0


class SCP(_DetectionScoreType):
    """Distance of the maps of true and found circles, one unit spread over each; lower is better, in [0, 1].

    Sum of the absolute difference divided by the sum of both maps, over all images. Without any circle on
    the maps the score is 0.

    Parameters
    ----------
    shape : (int, int)
        Pixels in x and y.
    name, precision : see :class:`ScoreType`
    conf_threshold, minipatch : see the module; the patch is cut from the maps.

    Raises
    ------
    KitError
        If the shape is not two positive numbers.
    """

    is_lower_the_better = True
    minimum, maximum = 0.0, 1.0
    name = "scp"

    def __init__(
        self,
        shape: Sequence[int],
        name: str | None = None,
        precision: int | None = None,
        conf_threshold: float = 0.5,
        minipatch: Patch = None,
    ) -> None:
        super().__init__(name, precision, conf_threshold, minipatch)
        if len(shape) != 2 or min(shape) < 1:
            raise KitError(f"{self.name} needs the shape of an image, two positive numbers, got {shape}.")
        self.shape = tuple(shape)

    def _score(self, y_true: np.ndarray, y_pred: np.ndarray) -> SupportsFloat:
        difference, total = 0.0, 0.0
        for truth, found in self._images(y_true, y_pred):
            true_map, found_map = self._map(truth), self._map(found)
            difference += np.abs(true_map - found_map).sum()
            total += true_map.sum() + found_map.sum()
        return difference / total if total else 0.0

    def _map(self, circles: np.ndarray) -> np.ndarray:
        pixels = np.zeros(self.shape)
        grid_x, grid_y = np.ogrid[: self.shape[0], : self.shape[1]]
        for x, y, radius in circles:
            inside = (grid_x - x) ** 2 + (grid_y - y) ** 2 < radius**2
            pixels[inside] += 1 / max(int(np.count_nonzero(inside)), 1)
        x_min, x_max, y_min, y_max = self.minipatch or (0, self.shape[0], 0, self.shape[1])
        return pixels[x_min:x_max, y_min:y_max]
