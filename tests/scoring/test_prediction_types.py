"""Predictions: construction, combination, and the check of what a submission returned."""

import numpy as np
import pytest

from databoard.errors import KitError, PredictionError
from databoard.scoring.prediction_types import check_predictions, make_multiclass, make_regression

Multiclass, Regression = make_multiclass(["a", "b"]), make_regression()
nan = np.nan


def test_labels_become_one_hot_rows():
    assert Multiclass(y_true=np.array(["b", "a"])).y_pred.tolist() == [[0, 1], [1, 0]]


def test_k_labels_of_one_sample_share_its_weight():
    assert Multiclass(y_true=[["a", "b"], ["b"]]).y_pred.tolist() == [[0.5, 0.5], [0, 1]]


def test_labels_are_read_in_the_type_of_label_names():
    Digits = make_multiclass([0, 1])
    assert Digits(y_true=np.array([1.0, 0.0])).y_pred_label.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("label_names", "y_true"),
    [
        ([7, -1, 3], np.array([3, 7, 7, -1])),
        ([7, -1, 3], np.array([3.0, 7.9, -1.0])),
        ([False, True], np.array([True, False])),
        ([0.5, 1.5], np.array([1.5, 0.5], dtype=np.float32)),
        (["b", "", "a b"], np.array(["a b", "b", ""])),
        (["a", "b"], np.array([], dtype="U1")),
    ],
)
def test_an_array_of_labels_is_read_as_a_list_of_them_is(label_names, y_true):
    Labels = make_multiclass(label_names)
    np.testing.assert_array_equal(Labels(y_true=y_true).y_pred, Labels(y_true=list(y_true)).y_pred)


@pytest.mark.parametrize("y_true", [["c"], np.array(["a", "c"])])
def test_an_unknown_label_is_named(y_true):
    with pytest.raises(KitError, match=r"among \['a', 'b'\], got 'c'"):
        Multiclass(y_true=y_true)


@pytest.mark.parametrize("given", ["y_pred", "y_true"])
def test_fold_is_cuts_to_the_rows_of_a_fold(given):
    values = np.array([1.0, 2.0, 3.0])
    assert Regression(**{given: values}, fold_is=np.array([2, 0])).y_pred.tolist() == [3.0, 1.0]


def test_a_new_container_holds_no_prediction():
    empty = Multiclass(n_samples=3)
    assert empty.y_pred.shape == (3, 2)
    assert not empty.valid_indexes.any()


def test_a_fold_fills_its_rows_of_a_container():
    whole = Regression(n_samples=3)
    whole.set_valid_in_train(Regression(y_pred=[5.0]), np.array([1]))
    assert whole.valid_indexes.tolist() == [False, True, False]
    whole.set_slice(whole.valid_indexes)
    assert whole.y_pred.tolist() == [5.0]


def test_one_target_name_makes_regression_two_dimensional():
    assert make_regression(["u"])(n_samples=4).y_pred.shape == (4, 1)


def test_combining_values_is_the_mean_of_those_that_are_there():
    combined = Regression.combine([Regression(y_pred=[1.0, nan, nan]), Regression(y_pred=[3.0, 4.0, nan])])
    np.testing.assert_array_equal(combined.y_pred, [2.0, 4.0, nan])


def test_combining_counts_repeated_indices():
    members = [Regression(y_pred=[0.0]), Regression(y_pred=[3.0])]
    assert Regression.combine(members, [0, 1, 1]).y_pred.tolist() == [2.0]


def test_combining_probabilities_normalises_each_model_first():
    members = [Multiclass(y_pred=[[0.5, 0.5]]), Multiclass(y_pred=[[0.1, 0.3]]), Multiclass(y_pred=[[0, 0]])]
    np.testing.assert_allclose(Multiclass.combine(members).y_pred, [[1.25 / 3, 1.75 / 3]], atol=1e-12)


def test_combining_clips_probabilities():
    combined = Multiclass.combine([Multiclass(y_pred=[[0.0, 1.0]])]).y_pred
    assert combined[0, 0] == pytest.approx(1e-15, rel=1e-9)


@pytest.mark.parametrize(
    ("cls", "y_pred", "message"),
    [
        (Multiclass, np.ones(3), r"shape \(3, 2\), got \(3,\). Return one probability per class"),
        (Multiclass, np.ones((3, 3)), r"shape \(3, 2\), got \(3, 3\)"),
        (Multiclass, np.ones((2, 2)), r"shape \(3, 2\), got \(2, 2\)"),
        (Multiclass, [[1, 0], [1, 0], [nan, 0]], r"finite predictions, got 1 of 6"),
        (Multiclass, [[1, 0], [1, 0], [np.inf, 0]], r"finite predictions, got 1 of 6"),
        (Multiclass, [[1, 0], [1.5, -0.5], [1, 0]], r"at least 0, got 1 of 6 .* lowest is -0.5"),
        (Regression, np.ones((3, 1)), r"shape \(3,\), got \(3, 1\). Return one number per sample"),
        (Multiclass, [[1, 0], [1], [0, 1]], "got rows that do not fit one. Return one probability per class"),
        (Multiclass, None, r"shape \(3, 2\), got \(\)"),
        (Regression, ["a", "b", "c"], "Expected numbers, got an array of type <U1"),
        (Regression, [None, 1, 2], "Expected numbers, got an array of type object"),
    ],
)
def test_bad_predictions_are_refused_with_what_was_expected(cls, y_pred, message):
    with pytest.raises(PredictionError, match=message) as caught:
        check_predictions(cls, y_pred, 3, step="validating")
    assert (caught.value.step, caught.value.code) == ("validating", "bad_output")


@pytest.mark.parametrize(
    ("cls", "y_pred"),
    [
        (Multiclass, np.full((3, 7), 7.0)),
        (Multiclass, np.full((3, 2), -7.0)),
        (Multiclass, [[7, 7], [7, nan], [7, 7]]),
        (Regression, ["7", "7", "7"]),
        (Regression, [7.0, np.inf, 7.0]),
    ],
)
def test_on_hidden_rows_no_figure_of_the_predictions_is_told(cls, y_pred):
    with pytest.raises(PredictionError) as caught:
        check_predictions(cls, y_pred, 3, step="testing")
    assert set(filter(str.isdigit, str(caught.value))) <= set("320")  # the expected shape, and "at least 0"


@pytest.mark.parametrize("y_pred", [[[2, 2]], [[0, 0]], [[0.2, 0.3]], np.array([[1, 0]], dtype="f4")])
def test_probabilities_need_not_sum_to_one(y_pred):
    assert check_predictions(Multiclass, y_pred, 1).dtype == np.float64


def test_negative_values_are_fine_in_regression():
    assert check_predictions(Regression, [-1.0], 1).tolist() == [-1.0]


def test_a_truth_of_a_wrong_shape_is_the_kits_error():
    with pytest.raises(KitError, match=r"Expected truths of shape \(2, 1\), got \(2,\)"):
        make_regression(["u"])(y_true=[1.0, 2.0])


def test_nothing_to_start_from_is_refused():
    with pytest.raises(ValueError, match="Expected y_pred, y_true or n_samples"):
        Regression()
