"""Combined predictions and their scores: a label and a value side by side."""

import numpy as np
import pytest

from databoard.errors import KitError, PredictionError
from databoard.scoring import score_types as st
from databoard.scoring.prediction_types import (
    check_predictions,
    make_combined,
    make_multiclass,
    make_regression,
    probability_columns,
)

LABELS = ["a", "b", "c"]
Mixed = make_combined([make_multiclass(LABELS), make_regression(["dose"])])
Plain = make_combined([make_multiclass(LABELS), make_regression()])
Y_TRUE = np.array([["a", 10.0], ["c", 20.0], ["b", 40.0]], dtype=object)
Y_PRED = np.array([[0.8, 0.1, 0.1, 9.0], [0.6, 0.2, 0.2, 20.0], [0.1, 0.8, 0.1, 60.0]])
ERROR, MARE = st.ClassificationError("error", 3), st.MARE()
TWO_THIRDS = st.Combined([ERROR, MARE], [2 / 3, 1 / 3])


def plain_truth():
    return Plain(y_true=Y_TRUE)


def test_the_columns_of_the_parts_follow_each_other():
    assert (Mixed.n_columns, Mixed.label_names) == (4, [*LABELS, "dose"])
    assert plain_truth().y_pred.tolist() == [[1, 0, 0, 10], [0, 0, 1, 20], [0, 1, 0, 40]]


def test_the_truth_has_one_column_per_one_dimensional_truth():
    assert Plain.n_columns_true == 2
    Two = make_combined([make_regression(["u", "v"]), make_regression()])
    assert Two(y_true=[[1, 2, 3]]).y_pred.tolist() == [[1, 2, 3]]


def test_one_target_name_inside_a_combination_takes_one_column_too():
    assert Mixed(y_true=Y_TRUE).y_pred.tolist() == plain_truth().y_pred.tolist()
    assert [part.y_pred.shape for part in Mixed(y_pred=Y_PRED).predictions_list] == [(3, 3), (3, 1)]


def test_the_parts_are_predictions_of_their_own_types():
    label, dose = Plain(y_pred=Y_PRED).predictions_list
    assert label.y_pred_label.tolist() == ["a", "a", "b"]
    assert dose.y_pred.tolist() == [9.0, 20.0, 60.0]


def test_combining_averages_the_whole_array_as_it_is():
    first, second = Plain(y_pred=[[2, 0, 0, 10]]), Plain(y_pred=[[0, 1, 0, 20]])
    assert Plain.combine([first, second]).y_pred.tolist() == [[1.0, 0.5, 0.0, 15.0]]


def test_rows_without_a_prediction_stay_apart():
    whole = Plain(n_samples=2)
    whole.set_valid_in_train(Plain(y_pred=[[1, 0, 0, 5]]), np.array([1]))
    assert whole.valid_indexes.tolist() == [False, True]


def test_a_mixed_truth_with_other_columns_is_the_kits_error():
    with pytest.raises(KitError, match=r"Expected truths of shape \(3, 2\), got \(3, 1\)"):
        Plain(y_true=Y_TRUE[:, :1])


def test_a_prediction_type_tells_which_columns_are_probabilities():
    Last = make_combined([make_regression(["u", "v"]), make_multiclass(LABELS)])
    types = (Last, make_multiclass(LABELS), make_regression())
    assert [probability_columns(cls) for cls in types] == [(2, 3, 4), (0, 1, 2), ()]


def test_nothing_cannot_be_combined():
    with pytest.raises(KitError, match="at least one"):
        make_combined([])


def test_only_the_probabilities_of_a_mixed_prediction_have_to_be_positive():
    y_pred = Y_PRED.copy()
    y_pred[:, 3] *= -1
    assert check_predictions(Plain, y_pred, 3).tolist() == y_pred.tolist()
    y_pred[0, 0] = -0.5
    with pytest.raises(
        PredictionError, match=r"got 1 of 9 .*lowest is -0.5\). Return rows of 4 numbers, 3 of"
    ):
        check_predictions(Plain, y_pred, 3, step="validating")


@pytest.mark.parametrize("cls", [Mixed, Plain])
def test_the_official_score_of_drug_spectra_is_two_thirds_error_and_one_third_mare(cls):
    score = TWO_THIRDS.score_function(cls(y_true=Y_TRUE), cls(y_pred=Y_PRED))
    error, mare = 1 / 3, (0.1 + 0 + 0.5) / 3
    assert score == pytest.approx(2 / 3 * error + 1 / 3 * mare, abs=1e-12)


@pytest.mark.parametrize(("score_type", "index", "expected"), [(ERROR, 0, 1 / 3), (MARE, 1, 0.2)])
def test_one_part_is_scored_by_its_own_score(score_type, index, expected):
    part = st.MakeCombined(score_type, index)
    assert part.score_function(plain_truth(), Plain(y_pred=Y_PRED)) == pytest.approx(expected, abs=1e-12)


def test_the_score_of_a_part_is_configured_like_that_score():
    part = st.MakeCombined(ERROR, 0)
    assert (part.name, part.precision, part.maximum, part.worst) == ("error", 3, 1.0, 1.0)
    assert (st.MakeCombined(ERROR, 0, name="mine").name, st.type_name(part)) == (
        "mine",
        "classification_error",
    )


def test_a_weighted_sum_is_bounded_by_the_weighted_bounds_and_goes_by_its_own_name():
    score = st.Combined([st.Accuracy(), st.Accuracy()], [2, 3], name="both", precision=3)
    assert (score.minimum, score.maximum, score.worst, score.is_lower_the_better) == (0.0, 5.0, 0.0, False)
    assert TWO_THIRDS.maximum == float("inf")
    assert (st.type_name(score), score.precision) == ("both", 3)


def test_a_weighted_sum_takes_arrays_part_by_part():
    assert TWO_THIRDS(([0, 1], [1.0, 2.0]), ([0, 0], [1.0, 2.0])) == pytest.approx(1 / 3)
    with pytest.raises(KitError, match="needs 2 arrays"):
        TWO_THIRDS(([0],), ([0],))


@pytest.mark.parametrize(
    ("score_types", "weights", "message"),
    [
        ([st.Accuracy(), MARE], [1, 1], r"mixes directions: accuracy \(higher is better\), mare \(lower"),
        ([ERROR, MARE], [1], "2 score types and 1 weights"),
        ([], [], "at least one"),
        ([ERROR, MARE], [1, -1], "Give positive ones"),
        ([ERROR, MARE], [1, np.nan], "Give positive ones"),
    ],
)
def test_a_senseless_combination_is_refused(score_types, weights, message):
    with pytest.raises(KitError, match=message):
        st.Combined(score_types, weights)


@pytest.mark.parametrize("score_type", [st.MakeCombined(ERROR, 2), st.MakeCombined(ERROR, -1)])
def test_a_part_that_is_not_there_is_the_kits_error(score_type):
    with pytest.raises(KitError, match="the predictions have 2 parts"):
        score_type.score_function(plain_truth(), Plain(y_pred=Y_PRED))


def test_one_score_per_part_is_needed():
    with pytest.raises(KitError, match="has 2 score types, the predictions have 0 parts"):
        TWO_THIRDS.score_function(make_regression()([1.0]), make_regression()([1.0]))


def test_nan_in_one_part_cannot_be_scored():
    y_pred = Y_PRED.copy()
    y_pred[1, 3] = np.nan
    with pytest.raises(PredictionError, match="finite"):
        TWO_THIRDS.score_function(plain_truth(), Plain(y_pred=y_pred))
