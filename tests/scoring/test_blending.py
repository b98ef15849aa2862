"""Ensembles against a plain reference, and contributivity."""

from types import SimpleNamespace

import numpy as np
import pytest

from databoard.scoring.blending import blend
from databoard.scoring.folds import FoldPredictions
from databoard.scoring.greedy import pool_of
from databoard.scoring.greedy import select as select_path
from databoard.scoring.prediction_types import make_multiclass, make_regression
from databoard.scoring.score_types import RMSE, Accuracy, NegativeLogLikelihood

Regression = make_regression()


def select(y_true, *y_preds, max_n_ensemble=80):
    candidates = [Regression(y_pred=np.array(y_pred, dtype=float)) for y_pred in y_preds]
    truths = Regression(y_true=np.array(y_true, dtype=float))
    pool = pool_of(truths, RMSE(), candidates.__getitem__)
    path = select_path(pool, range(len(candidates)), max_n_ensemble=max_n_ensemble)
    return [step.candidate for step in path.steps]


def test_two_models_that_err_oppositely_are_blended():
    assert select([0, 0], [1, -1], [-1, 1]) == [0, 1]


def test_a_model_is_taken_again_when_that_improves():
    assert select([0], [1], [-2]) == [0, 1, 0]


def test_a_tie_goes_to_the_first():
    assert select([0, 0], [1, 1], [1, 1]) == [0]


def test_selection_stops_at_the_largest_size():
    assert select([0], [1], [-2], max_n_ensemble=2) == [0, 1]
    assert select([0, 0], [1, -1], [-1, 1], max_n_ensemble=1) == [0]


def case(seed, n_submissions=4, n_train=24, n_test=10, n_folds=3, labels="abc"):
    """Random folds of a random problem: truths, folds, predictions of each submission."""
    rng = np.random.default_rng(seed)
    y_train, y_test = rng.choice(list(labels), n_train), rng.choice(list(labels), n_test)
    folds = []
    for number in range(n_folds):
        rows = rng.permutation(n_train)
        folds.append(SimpleNamespace(number=number, train_is=rows[8:], test_is=rows[:8]))
    draw = lambda n: rng.dirichlet(np.ones(len(labels)), n)  # noqa: E731
    predictions = {
        10 + i: [FoldPredictions(f.number, draw(n_train), draw(n_test)) for f in folds]
        for i in range(n_submissions)
    }
    return y_train, y_test, folds, predictions


def run(y_train, y_test, folds, predictions, **options):
    return blend(
        predictions_class=make_multiclass(list("abc")),
        score_types={"nll": NegativeLogLikelihood(), "acc": Accuracy()},
        **{"official": "nll", "y_train": y_train, "y_test": y_test, "folds": folds} | options,
        predictions=predictions,
    )


def reference_nll(y_true, probas):
    return -np.mean(np.log(probas[np.arange(len(y_true)), np.searchsorted(list("abc"), y_true)]))


def reference_selection(y_true, probas):
    """Select greedily by brute force, on plain means."""
    chosen, best = [], np.inf
    while len(chosen) < 80:
        tried = [
            reference_nll(y_true, np.mean([probas[j] for j in [*chosen, i]], axis=0))
            for i in range(len(probas))
        ]
        if chosen and not min(tried) < best:
            break
        chosen, best = [*chosen, int(np.argmin(tried))], min(tried)
    return chosen


@pytest.mark.parametrize("seed", range(5))
def test_blending_agrees_with_a_plain_reference(seed):
    y_train, y_test, folds, predictions = case(seed)
    result, ids = run(y_train, y_test, folds, predictions), list(predictions)
    test_means = []
    for k, fold in enumerate(folds):
        valid = [predictions[i][k].y_pred_train[fold.test_is] for i in ids]
        chosen = reference_selection(y_train[fold.test_is], valid)
        expected = {i: chosen.count(n) / len(chosen) for n, i in enumerate(ids)}
        assert result.fold_contributivity[fold.number] == pytest.approx(expected)
        assert result.best[fold.number] == ids[chosen[0]]
        test_means.append(np.mean([predictions[ids[n]][k].y_pred_test for n in chosen], axis=0))
    assert result.combined_test["nll"] == pytest.approx(reference_nll(y_test, np.mean(test_means, axis=0)))


@pytest.mark.parametrize("official", ["nll", "acc"])
@pytest.mark.parametrize("seed", range(3))
def test_contributivity_is_the_mean_over_folds_and_sums_to_one(seed, official):
    result = run(*case(seed), official=official)
    assert sum(result.contributivity.values()) == pytest.approx(1)
    for i, share in result.contributivity.items():
        assert share == pytest.approx(np.mean([shares[i] for shares in result.fold_contributivity.values()]))


def test_one_submission_is_its_own_ensemble():
    result = run(*case(1, n_submissions=1))
    assert result.contributivity == {10: 1.0}
    assert result.combined_valid == result.foldwise_valid
    assert result.combined_test == result.foldwise_test


def test_an_ensemble_is_no_worse_than_the_best_on_its_own_validation_rows():
    result = run(*case(2, n_folds=1))
    assert result.combined_valid["nll"] <= result.foldwise_valid["nll"]


def test_no_submission_gives_an_empty_ensemble():
    result = run(*case(1)[:3], {})
    assert (result.contributivity, result.best) == ({}, {})
    assert result.combined_valid == {"nll": None, "acc": None}


def test_without_a_test_truth_the_ensemble_has_no_test_score():
    y_train, _, folds, predictions = case(1)
    result = run(y_train, None, folds, predictions)
    assert result.combined_test == result.foldwise_test == {"nll": None, "acc": None}
    assert result.combined_valid["nll"] > 0
