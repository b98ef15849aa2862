"""Predictions classes are taken by their attributes: here are some that are not ours, made like those of RAMP."""

import numpy as np
import pytest

from databoard.errors import KitError, PredictionError, SubmissionError
from databoard.kits import Fold
from databoard.scoring import score_types as st
from databoard.scoring.bagging import score_covered
from databoard.scoring.folds import FoldPredictions, score_folds
from databoard.scoring.prediction_types import (
    check_predictions,
    form_of,
    label_names_of,
    make_combined,
    make_multiclass,
    make_regression,
    plain,
)
from databoard.scoring.prediction_types.forms import MAX_FIELDS, MAX_OBJECTS, is_packed, packed, unpacked

LABELS = ["a", "b", "c"]
Mixed = make_combined([make_multiclass(LABELS), make_regression(["dose"])])


class TwinCombined:
    """Combined predictions that keep their parts, and know their columns only once they are made."""

    n_columns = 0
    Predictions_list = (make_multiclass(LABELS), make_regression(["dose"]))

    def __init__(self, y_pred=None, y_true=None, n_samples=None, fold_is=None):
        if n_samples is not None:
            self.predictions_list = [part(n_samples=n_samples) for part in self.Predictions_list]
            return
        values = y_true if y_pred is None else y_pred
        values = values if fold_is is None else values[fold_is]
        first, self.predictions_list = 0, []
        for part in self.Predictions_list:
            width = part.n_columns if y_pred is not None else part.n_columns_true or 1
            columns = values[:, first : first + width]
            self.predictions_list.append(part(y_true=columns) if y_pred is None else part(y_pred=columns))
            first += width

    @property
    def y_pred(self):
        return np.concatenate([part.y_pred for part in self.predictions_list], axis=1)

    @property
    def valid_indexes(self):
        return ~np.isnan(self.y_pred[:, 0].astype(float))

    def set_valid_in_train(self, predictions, test_is):
        for to, part in zip(self.predictions_list, predictions.predictions_list, strict=True):
            to.y_pred[test_is] = part.y_pred

    def set_slice(self, valid_indexes):
        for part in self.predictions_list:
            part.set_slice(valid_indexes)

    @classmethod
    def combine(cls, predictions_list, index_list=None):
        chosen = range(len(predictions_list)) if index_list is None else index_list
        stack = np.array([predictions_list[i].y_pred for i in chosen], dtype=float)
        is_there = ~np.isnan(stack)
        with np.errstate(invalid="ignore"):
            return cls(y_pred=np.where(is_there, stack, 0).sum(axis=0) / is_there.sum(axis=0))


class TwinMakeCombined:
    """A score of one part that inherits from no class of databoard."""

    def __init__(self, score_type, index):
        self.score_type, self.index, self.name = score_type, index, score_type.name
        self.is_lower_the_better, self.precision = score_type.is_lower_the_better, score_type.precision
        self.minimum, self.maximum = score_type.minimum, score_type.maximum

    def score_function(self, truths, predictions):
        parts = truths.predictions_list[self.index], predictions.predictions_list[self.index]
        return self.score_type.score_function(*parts)


class TwinLists:
    """Lists of objects, any number in a row."""

    def __init__(self, y_pred=None, y_true=None, n_samples=None, fold_is=None):
        if n_samples is not None:
            self.y_pred = np.empty(n_samples, dtype=object)
            return
        values = y_true if y_pred is None else y_pred
        self.y_pred = np.array(values if fold_is is None else values[fold_is], dtype=object)


Y_TRUE = np.array([["a", 10.0], ["c", 20.0], ["b", 40.0], ["a", 5.0]], dtype=object)
Y_PRED = np.array([[0.8, 0.1, 0.1, 9.0], [0.6, 0.2, 0.2, 20.0], [0.1, 0.8, 0.1, 60.0], [0.3, 0.4, 0.3, 4.0]])
FOLDS = (Fold(0, np.array([0, 1]), np.array([2, 3])), Fold(1, np.array([2, 3]), np.array([0, 1])))
OBJECTS = [[(0.9, 1.0, 2.0, 3.0), (0.2, 4.0, 5.0, 6.0)], [], [(-0.5, 7.0, 8.0, 9.0)]]


def test_the_form_of_a_twin_is_that_of_ours():
    assert form_of(TwinCombined) == form_of(Mixed)
    assert label_names_of(TwinCombined) == label_names_of(Mixed) == (*LABELS, "dose")


def scores_of(predictions_class, make):
    types = {"error": make(st.ClassificationError("error"), 0), "mare": make(st.MARE(), 1)}
    types["both"] = st.Combined([st.ClassificationError(), st.MARE()], [2, 1], "both")
    runs = [FoldPredictions(fold.number, Y_PRED, Y_PRED[:3]) for fold in FOLDS]
    return score_folds(
        predictions_class=predictions_class,
        score_types=types,
        y_train=Y_TRUE,
        y_test=Y_TRUE[:3],
        folds=FOLDS,
        predictions=runs,
    )


def test_a_twin_of_combined_predictions_scores_as_ours_does():
    assert scores_of(TwinCombined, TwinMakeCombined) == scores_of(Mixed, st.MakeCombined)


def test_scoring_leaves_the_truth_of_a_twin_whole():
    truths, bagged = TwinCombined(y_true=Y_TRUE), TwinCombined(n_samples=4)
    bagged.set_valid_in_train(TwinCombined(y_pred=Y_PRED[:1]), np.array([1]))
    score_covered({"mare": TwinMakeCombined(st.MARE(), 1)}, truths, bagged)
    assert (len(truths.y_pred), len(bagged.y_pred)) == (4, 4)


def test_wrong_columns_of_a_twin_are_refused_with_the_expected_shape():
    with pytest.raises(PredictionError, match=r"shape \(4, 4\), got \(4, 3\)"):
        check_predictions(TwinCombined, Y_PRED[:, :3], 4, step="validating")
    with pytest.raises(PredictionError, match="negative"):
        check_predictions(TwinCombined, -Y_PRED, 4, step="validating")


def test_a_score_of_a_part_goes_by_the_type_of_that_part():
    assert st.type_name(TwinMakeCombined(st.MARE(), 1)) == "mare"
    assert st.type_name(TwinMakeCombined(TwinMakeCombined(st.RMSE(), 0), 1)) == "rmse"


@pytest.mark.parametrize(("bounds", "expected"), [((0.0, 1.0), "roc_auc"), ((0.0, 100.0), None)])
def test_a_score_type_of_our_name_is_ours_when_its_bounds_are(bounds, expected):
    facts = {"is_lower_the_better": False, "minimum": bounds[0], "maximum": bounds[1], "name": "auc"}
    assert st.type_name(type("ROCAUC", (), facts)()) == expected


def test_lists_of_objects_come_back_as_they_were():
    array = plain(TwinLists, OBJECTS)
    assert array.dtype == float and array.shape == (3, 2, 5)
    back = check_predictions(TwinLists, array, 3)
    assert back.tolist() == OBJECTS and back.dtype == object
    assert TwinLists(y_pred=back, fold_is=np.array([2, 0])).y_pred.tolist() == [OBJECTS[2], OBJECTS[0]]


@pytest.mark.parametrize("rows", [[], [[], []], [[(1.0,)]], np.ones((2, 3, 4))], ids=repr)
def test_any_number_of_objects_and_numbers_comes_back(rows):
    back = unpacked(packed(rows))
    assert [[tuple(one) for one in row] for row in rows] == back.tolist()


@pytest.mark.parametrize(
    ("rows", "got"),
    [
        ([None], "not iterable"),
        (None, "not iterable"),
        ([[{"class": "a"}]], "could not convert"),
        ([[1.0, 2.0]], "not iterable"),
        ([[(1.0, 2.0)], [(1.0,)]], "objects of 1, 2 numbers"),
        ([[(0.0,)] * (MAX_OBJECTS + 1)], "too many"),
        ([[(0.0,) * (MAX_FIELDS + 1)]], "too many"),
    ],
)
def test_what_are_no_lists_of_equal_objects_is_bad_output(rows, got):
    with pytest.raises(SubmissionError, match=rf"list of objects, .*{got}") as caught:
        packed(rows)
    assert caught.value.code == "bad_output"


@pytest.mark.parametrize("shape", [(3,), (3, 2), (2, 2, 5), (3, 2, 0), (3, 2, 5, 1)])
def test_an_array_of_another_shape_holds_no_lists(shape):
    assert is_packed((3, 2, 5), 3) and not is_packed(shape, 3)


def test_lists_that_would_fill_the_memory_are_refused_by_their_shape():
    assert not is_packed((1000, MAX_OBJECTS, MAX_FIELDS), 1000)


def test_values_that_are_not_finite_are_refused_in_lists_too():
    with pytest.raises(PredictionError, match="NaN or infinite"):
        check_predictions(TwinLists, packed([[(1.0, np.nan)]]), 1, step="validating")


@pytest.mark.parametrize("blank", [None, np.zeros((1, 2, 3)), np.zeros((5, 2))])
def test_a_class_without_a_blank_is_the_kits_error(blank):
    def init(self, n_samples=None):
        if blank is None:
            raise TypeError("no n_samples")
        self.y_pred = blank

    with pytest.raises(KitError, match=r"Predictions\(n_samples=1\)"):
        form_of(type("Broken", (), {"__init__": init}))
