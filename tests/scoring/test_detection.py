"""Circles in images: encoding, overlap, merging, and scores against hand computations."""

import numpy as np
import pytest
import sklearn.metrics as sk

from databoard.errors import KitError, PredictionError
from databoard.scoring import score_types as st
from databoard.scoring.prediction_types import make_detection
from databoard.scoring.prediction_types.detection import iou

Circles = make_detection(max_objects=3)
EVERY = [
    st.DetectionPrecision,
    st.DetectionRecall,
    st.MADCenter,
    st.MADRadius,
    st.DetectionAveragePrecision,
    st.OSPA,
]


def truths(*images):
    y_true = np.empty(len(images), dtype=object)
    y_true[:] = images
    return Circles(y_true=y_true)


def found(*images):
    y_pred = np.full((len(images), 12), -1.0)
    for row, image in zip(y_pred, images, strict=True):
        row[: 4 * len(image)] = np.ravel(image)
    return Circles(y_pred=y_pred)


#: Image 1: one exact, one missed. Image 2: one too small (overlap 2/3), one false alarm, one that is not sure enough.
TRUE = truths([(5, 5, 2), (20, 20, 3)], [(10, 10, 3)])
FOUND = found([(0.9, 5, 5, 2)], [(0.8, 10, 10, np.sqrt(6)), (0.7, 40, 40, 1), (0.4, 30, 30, 2)])


def score(score_type, true=TRUE, predicted=FOUND):
    return score_type.score_function(true, predicted)


@pytest.mark.parametrize(
    ("score_type", "expected"),
    [
        (st.DetectionPrecision(), 2 / 3),
        (st.DetectionPrecision(conf_threshold=0.3), 2 / 4),
        (st.DetectionPrecision(iou_threshold=0.7), 1 / 3),
        (st.DetectionPrecision(minipatch=(0, 30, 0, 30)), 2 / 2),
        (st.DetectionRecall(), 2 / 3),
        (st.DetectionRecall(minipatch=(0, 11, 0, 11)), 2 / 2),
        (st.MADCenter(), 0.0),
        (st.MADRadius(), (0 + (3 - np.sqrt(6)) / 3) / 2),
        (st.OSPA(), 1 - 2 * (1 + 2 / 3) / 6),
        (st.OSPA(minipatch=(0, 11, 0, 11)), 1 - 2 * (1 + 2 / 3) / 4),
        (st.DetectionAveragePrecision(), 2 / 3),
    ],
)
def test_a_detection_score_agrees_with_a_hand_computation(score_type, expected):
    assert score(score_type) == pytest.approx(expected, abs=1e-12)


def test_a_distance_of_centres_is_counted_in_true_radii():
    assert score(st.MADCenter(), truths([(0, 0, 10)]), found([(1, 3, 4, 10)])) == pytest.approx(0.5)


def test_average_precision_is_that_of_scikit_learn_for_decreasing_precision():
    true = truths([(5, 5, 1)], [(5, 5, 1)], [])
    predicted = found([(0.9, 5, 5, 1)], [(0.3, 5, 5, 1)], [(0.6, 5, 5, 1)])
    expected = sk.average_precision_score([1, 1, 0], [0.9, 0.3, 0.6])
    assert score(st.DetectionAveragePrecision(), true, predicted) == pytest.approx(expected, abs=1e-12)


def test_average_precision_takes_the_envelope():
    true = truths([(5, 5, 1)], [])
    predicted = found([(0.5, 5, 5, 1)], [(0.9, 5, 5, 1)])
    assert score(st.DetectionAveragePrecision(), true, predicted) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [([(1, 4, 4, 2)], 0.0), ([], 1.0), ([(1, 4, 4, 2), (1, 12, 12, 2)], 1 / 3), ([(1, 12, 12, 2)], 1.0)],
)
def test_scp_compares_maps(predicted, expected):
    assert score(st.SCP((16, 16)), truths([(4, 4, 2)]), found(predicted)) == pytest.approx(expected)
    assert score(st.SCP((16, 16), minipatch=(0, 0, 0, 0)), truths([(4, 4, 2)]), found(predicted)) == 0.0


def test_nothing_found_is_the_worst_and_nothing_at_all_is_no_distance():
    nothing = found([], [])
    assert score(st.DetectionPrecision(), predicted=nothing) == 0.0
    assert score(st.DetectionAveragePrecision(), predicted=nothing) == 0.0
    assert score(st.OSPA(), predicted=nothing) == 1.0
    assert score(st.OSPA(), truths([], []), nothing) == score(st.SCP((4, 4)), truths([], []), nothing) == 0.0


@pytest.mark.parametrize("score_type", [st.MADCenter(), st.MADRadius()])
def test_deviations_need_a_match(score_type):
    with pytest.raises(PredictionError, match="at least one circle found that matches"):
        score(score_type, predicted=found([], []))


@pytest.mark.parametrize("score_type", [st.DetectionRecall(), st.DetectionAveragePrecision()])
def test_a_truth_without_circles_cannot_be_recalled(score_type):
    with pytest.raises(KitError, match="nothing to find"):
        score(score_type, truths([], []), found([], []))


@pytest.mark.parametrize("cls", EVERY)
def test_a_circle_without_a_size_is_refused(cls):
    with pytest.raises(PredictionError, match="radius above 0"):
        score(cls(), truths([(1, 1, 1)]), found([(0.9, 1, 1, 0)]))


@pytest.mark.parametrize("shape", [(4,), (0, 4)])
def test_scp_needs_the_shape_of_an_image(shape):
    with pytest.raises(KitError, match="shape of an image"):
        st.SCP(shape)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 1), (0, 0, 1), 1.0),
        ((0, 0, 1), (0, 0, np.sqrt(3)), 1 / 3),
        ((0, 0, 1), (3, 0, 1), 0.0),
        ((0, 0, 1), (2, 0, 1), 0.0),
        # two unit circles at distance 1: the lens is 2 pi / 3 - sqrt(3) / 2
        ((0, 0, 1), (1, 0, 1), (2 * np.pi / 3 - np.sqrt(0.75)) / (4 * np.pi / 3 + np.sqrt(0.75))),
    ],
)
def test_the_overlap_of_two_circles(first, second, expected):
    assert iou(np.array([first]), np.array([second])) == pytest.approx(expected, abs=1e-12)


def test_circles_that_overlap_are_merged_weighted_by_confidence():
    members = [found([(0.9, 10, 10, 4)]), found([(0.3, 10.4, 10, 4), (0.8, 30, 30, 2)])]
    (circles,) = Circles.combine(members).circles
    np.testing.assert_allclose(circles, [[0.6, 10.1, 10, 4], [0.4, 30, 30, 2]])


def test_an_image_that_only_some_folds_saw_is_merged_from_those():
    some, none = found([(0.8, 1, 1, 1)]), Circles(n_samples=1)
    assert Circles.combine([some, none]).circles[0].tolist() == [[0.8, 1, 1, 1]]
    assert Circles.combine([none]).valid_indexes.tolist() == [False]
    assert Circles.combine([found([])]).valid_indexes.tolist() == [True]


def test_more_true_objects_than_allowed_are_the_kits_error():
    with pytest.raises(KitError, match="An image has 4 objects, make_detection allows 3"):
        truths([(1, 1, 1)] * 4)
