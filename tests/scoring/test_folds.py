"""Scores of a submission over its folds, against hand computations."""

from types import SimpleNamespace

import numpy as np
import pytest

from databoard.errors import PredictionError
from databoard.scoring.bagging import bag
from databoard.scoring.folds import FoldPredictions, score_folds
from databoard.scoring.prediction_types import make_multiclass, make_regression
from databoard.scoring.score_types import MARE, RMSE

Regression = make_regression()
Y_TRAIN, Y_TEST = np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0])


def fold(number, train_is, test_is):
    return SimpleNamespace(number=number, train_is=np.array(train_is), test_is=np.array(test_is))


# row 1 is validated by both folds, row 3 by none
FOLDS = (fold(0, [2, 3], [0, 1]), fold(1, [0, 3], [1, 2]))
RUNS = (
    FoldPredictions(0, np.array([2.0, 4.0, 3.0, 7.0]), np.array([11.0, 20.0])),
    FoldPredictions(1, np.array([1.0, 2.0, 5.0, 4.0]), np.array([13.0, 26.0])),
)


def scores(runs=RUNS, y_test=Y_TEST, folds=FOLDS, score_types=None):
    return score_folds(
        predictions_class=Regression,
        score_types=score_types or {"rmse": RMSE()},
        y_train=Y_TRAIN,
        y_test=y_test,
        folds=folds,
        predictions=runs,
    )


def test_a_fold_is_scored_on_its_training_validation_and_test_rows():
    by_fold = scores().by_fold
    assert by_fold[0]["rmse"] == pytest.approx((np.sqrt(9 / 2), np.sqrt(5 / 2), np.sqrt(1 / 2)))
    assert by_fold[1]["rmse"] == pytest.approx((0.0, np.sqrt(4 / 2), np.sqrt(45 / 2)))


def test_bagging_averages_the_folds_that_validate_a_row_and_skips_rows_of_none():
    # bagged: row 0 -> 2, row 1 -> (4 + 2) / 2 = 3, row 2 -> 5, row 3 -> nothing
    assert scores().summary["rmse"].valid_bag == pytest.approx(np.sqrt((1 + 1 + 4) / 3))


def test_the_test_bag_averages_all_folds():
    assert scores().summary["rmse"].test_bag == pytest.approx(np.sqrt((2**2 + 3**2) / 2))


def test_the_learning_curve_bags_the_first_folds():
    summary = scores().summary["rmse"]
    assert summary.valid_bags == pytest.approx((np.sqrt(5 / 2), summary.valid_bag))
    assert summary.test_bags == pytest.approx((np.sqrt(1 / 2), summary.test_bag))


def test_means_and_deviations_are_those_of_the_population_of_folds():
    summary, valid = scores().summary["rmse"], (np.sqrt(5 / 2), np.sqrt(2))
    assert summary.valid_mean == pytest.approx(sum(valid) / 2)
    assert summary.valid_std == pytest.approx(abs(valid[0] - valid[1]) / 2)
    assert summary.train_mean == pytest.approx(np.sqrt(9 / 2) / 2)
    assert summary.test_std == pytest.approx((np.sqrt(45 / 2) - np.sqrt(1 / 2)) / 2)


def test_one_fold_deviates_by_zero():
    assert scores(RUNS[:1], folds=FOLDS[:1]).summary["rmse"].valid_std == 0.0


def test_without_a_test_truth_test_scores_are_none():
    summary = scores([FoldPredictions(r.number, r.y_pred_train, None) for r in RUNS], y_test=None)
    assert summary.by_fold[0]["rmse"][2] is None
    rmse = summary.summary["rmse"]
    assert (rmse.test_bag, rmse.test_bags, rmse.test_mean, rmse.test_std) == (None, (None, None), None, None)


def test_scores_carry_the_names_that_the_event_shows():
    result = scores(score_types={"error": RMSE(name="rmse"), "relative": MARE()})
    assert list(result.summary) == list(result.by_fold[0]) == ["error", "relative"]


def test_predictions_may_come_in_any_order():
    assert scores(RUNS[::-1]) == scores()


@pytest.mark.parametrize("runs", [RUNS[:1], RUNS + RUNS[:1], ()])
def test_predictions_have_to_be_one_of_each_fold(runs):
    with pytest.raises(ValueError, match=r"Expected predictions of the folds \[0, 1\], each once"):
        scores(runs)


@pytest.mark.parametrize(
    ("run", "step"),
    [
        (FoldPredictions(1, np.ones(3), np.ones(2)), "validating"),
        (FoldPredictions(1, np.ones(4), np.ones((2, 1))), "testing"),
        (FoldPredictions(1, np.ones(4), np.array([np.nan, 1.0])), "testing"),
        (FoldPredictions(1, np.ones(4), None), "testing"),
    ],
)
def test_bad_predictions_are_refused_with_their_step(run, step):
    with pytest.raises(PredictionError) as caught:
        scores((RUNS[0], run))
    assert caught.value.step == step


def test_bagging_does_not_change_what_it_was_given():
    part = Regression(y_pred=[1.0, 2.0])
    bag(Regression, 4, [(np.array([0, 1]), part), (np.array([1, 2]), part)])
    assert part.y_pred.tolist() == [1.0, 2.0]


def test_bagging_agrees_with_a_nan_mean_on_random_folds():
    rng, Multiclass = np.random.default_rng(1), make_multiclass(list("abc"))
    folds = [rng.choice(30, 8, replace=False) for _ in range(5)]
    probas = rng.dirichlet(np.ones(3), (5, 30))
    sums, counts = np.zeros((30, 3)), np.zeros((30, 1))
    for rows, y_pred in zip(folds, probas, strict=True):
        sums[rows] += y_pred[rows]
        counts[rows] += 1
    parts = [(rows, Multiclass(y_pred=p, fold_is=rows)) for rows, p in zip(folds, probas, strict=True)]
    bagged, is_covered = bag(Multiclass, 30, parts), counts[:, 0] > 0
    assert (bagged.valid_indexes == is_covered).all() and not is_covered.all()
    np.testing.assert_allclose(
        bagged.y_pred[is_covered], (sums / np.maximum(counts, 1))[is_covered], atol=1e-12
    )
