"""Greedy selection equals the plain reference to the last step, computed from the beginning or continued."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from databoard.scoring import blending
from databoard.scoring.folds import FoldPredictions
from databoard.scoring.greedy import MeanPool, Path, PlainPool, Step, pool_of, select
from databoard.scoring.prediction_types import make_combined, make_multiclass, make_regression
from databoard.scoring.score_types import (
    MARE,
    RMSE,
    BalancedAccuracy,
    ClassificationError,
    Combined,
    NegativeLogLikelihood,
)
from tests.scoring import reference_blending as reference

LABELS = ["a", "b", "c"]
Multiclass, Regression = make_multiclass(LABELS), make_regression()
Mixed = make_combined([Multiclass, Regression])


@dataclass
class Case:
    """A problem with its candidates: what the product takes, and the reference beside it."""

    predictions_class: type
    score_type: object
    y_true: np.ndarray
    candidates: list
    averageable: list  # the candidates as the reference averages them
    score: object  # the reference's score on a part of the rows, given these

    def truths(self, rows=None):
        return self.predictions_class(y_true=self.y_true, fold_is=rows)

    def pool(self, rows=None):
        predictions = [self.predictions_class(y_pred=one, fold_is=rows) for one in self.candidates]
        return pool_of(self.truths(rows), self.score_type, predictions.__getitem__)


@st.composite
def cases(draw, kinds=("rmse", "nll", "error", "combined")):
    """Random problems; rounded predictions make ties, and copies of candidates make more."""
    kind = draw(st.sampled_from(kinds))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_rows, n_candidates = draw(st.integers(2, 12)), draw(st.integers(1, 7))
    digits = draw(st.sampled_from([0, 1, 12]))
    label, value = rng.integers(0, 3, n_rows), rng.integers(1, 6, n_rows).astype(float)
    probas = [np.round(rng.dirichlet(np.ones(3), n_rows), digits) for _ in range(n_candidates)]
    values = [np.round(value + rng.normal(0, 2, n_rows), digits) for _ in range(n_candidates)]
    for copy, original in draw(st.lists(st.tuples(*[st.integers(0, n_candidates - 1)] * 2), max_size=2)):
        probas[copy], values[copy] = probas[original], values[original]
    names = np.array(LABELS)[label]
    if kind == "rmse":
        return Case(Regression, RMSE(), value, values, values, lambda rows: reference.rmse(value[rows]))
    if kind == "combined":
        y_true = np.array(list(zip(names, value, strict=True)), dtype=object)
        mixed = [np.column_stack(pair) for pair in zip(probas, values, strict=True)]
        score_type = Combined([ClassificationError(), MARE()], weights=[2 / 3, 1 / 3])

        def combined(rows):
            return reference.two_thirds_one_third(
                reference.error(label[rows]), reference.mare(value[rows]), 3
            )

        return Case(Mixed, score_type, y_true, mixed, mixed, combined)
    score_type = NegativeLogLikelihood() if kind == "nll" else ClassificationError()
    plain = reference.log_loss if kind == "nll" else reference.error
    averageable = [reference.clipped(one) for one in probas]
    return Case(Multiclass, score_type, names, probas, averageable, lambda rows: plain(label[rows]))


sizes = st.sampled_from([1, 2, 5, 80])


def chosen(path):
    return [step.candidate for step in path.steps]


@settings(max_examples=200, deadline=None)
@given(case=cases(), max_n_ensemble=sizes)
def test_selection_is_that_of_the_plain_reference(case, max_n_ensemble):
    found = select(case.pool(), range(len(case.candidates)), max_n_ensemble=max_n_ensemble)
    expected = reference.selection(case.averageable, case.score(slice(None)), max_n_ensemble)
    assert chosen(found) == expected


@settings(max_examples=200, deadline=None)
@given(case=cases(), max_n_ensemble=sizes, data=st.data())
def test_selection_continued_as_candidates_come_and_go_is_selection_anew(case, max_n_ensemble, data):
    some = st.lists(st.sampled_from(range(len(case.candidates))), min_size=1, unique=True).map(sorted)
    path = Path()
    for there in data.draw(st.lists(some, min_size=2, max_size=5)):
        path = select(case.pool(), there, max_n_ensemble=max_n_ensemble, known=path)
        assert path == select(case.pool(), there, max_n_ensemble=max_n_ensemble)
        plain = [case.averageable[i] for i in there]
        expected = reference.selection(plain, case.score(slice(None)), max_n_ensemble)
        assert chosen(path) == [there[i] for i in expected]


@settings(max_examples=200, deadline=None)
@given(case=cases(), max_n_ensemble=sizes, seed=st.integers(0, 2**32))
def test_shares_of_a_blend_are_those_of_the_plain_reference(case, max_n_ensemble, seed):
    n_rows, n = len(case.y_true), len(case.candidates)
    rng = np.random.default_rng(seed)
    folds = [SimpleNamespace(number=k, test_is=rng.permutation(n_rows)[: 1 + n_rows // 2]) for k in (0, 1)]
    predictions = {
        10 + i: [FoldPredictions(fold.number, one, None) for fold in folds]
        for i, one in enumerate(case.candidates)
    }
    result = blending.blend(
        predictions_class=case.predictions_class,
        score_types={"official": case.score_type},
        official="official",
        y_train=case.y_true,
        y_test=None,
        folds=folds,
        predictions=predictions,
        max_n_ensemble=max_n_ensemble,
    )
    expected = [shares_of(case, fold.test_is, max_n_ensemble) for fold in folds]
    for fold, by_place in zip(folds, expected, strict=True):
        assert list(result.fold_contributivity[fold.number].values()) == pytest.approx(by_place, abs=1e-12)
    assert list(result.contributivity.values()) == pytest.approx(np.mean(expected, axis=0), abs=1e-12)
    assert len(result.contributivity) == n


def shares_of(case, rows, max_n_ensemble):
    plain = [one[rows] for one in case.averageable]
    selected = reference.selection(plain, case.score(rows), max_n_ensemble)
    return reference.shares(selected, len(plain))


@settings(max_examples=100, deadline=None)
@given(case=cases())
def test_running_means_score_to_the_last_bit_as_combining_does(case):
    predictions = [case.predictions_class(y_pred=one) for one in case.candidates]
    plain = PlainPool(case.truths(), case.score_type, predictions.__getitem__)
    fast = case.pool()
    assert isinstance(fast, MeanPool)
    for candidate in [*range(len(predictions)), 0]:
        assert fast.scores(range(len(predictions))) == plain.scores(range(len(predictions)))
        fast.add(candidate)
        plain.add(candidate)


class Median(make_regression()):
    """A kit's own way to combine."""

    @classmethod
    def combine(cls, predictions_list, index_list=None):
        """Take the median."""
        return cls(y_pred=np.median([one.y_pred for one in predictions_list], axis=0))


def test_a_combine_of_the_kits_own_is_asked_for_every_multiset():
    candidates = [Median(y_pred=np.array(one, dtype=float)) for one in ([0, 9], [1, 9], [9, 0])]
    pool = pool_of(Median(y_true=np.array([1.0, 9.0])), RMSE(), candidates.__getitem__)
    assert isinstance(pool, PlainPool)
    assert chosen(select(pool, range(3), max_n_ensemble=9)) == [1]


def as_ramp_names_it(module, qualname):
    """A mean under the module and name of ramp-workflow's own."""

    def combine(cls, predictions_list, index_list=None):
        return cls(y_pred=np.mean([one.y_pred for one in predictions_list], axis=0))

    combine.__module__, combine.__qualname__ = module, qualname
    return type("Predictions", (make_regression(),), {"combine": classmethod(combine)})


@pytest.mark.parametrize(
    ("module", "qualname", "pool"),
    [
        ("rampwf.prediction_types.base", "BasePrediction.combine", MeanPool),
        ("rampwf.prediction_types.multiclass", "_combine", MeanPool),
        ("rampwf.prediction_types.detection", "Predictions.combine", PlainPool),
        ("problem", "BasePrediction.combine", PlainPool),
    ],
)
def test_of_ramps_types_those_that_take_the_mean_are_blended_by_running_sums(module, qualname, pool):
    truths = as_ramp_names_it(module, qualname)(y_true=np.zeros(2))
    assert isinstance(pool_of(truths, RMSE(), None), pool)


def test_a_score_type_without_a_fast_way_is_asked_one_by_one():
    truths = Multiclass(y_true=["a", "b", "a"])
    candidates = [Multiclass(y_pred=np.eye(3)[list(labels)]) for labels in ((0, 0, 0), (0, 1, 0))]
    pool = pool_of(truths, BalancedAccuracy(adjusted=False), candidates.__getitem__)
    assert pool.scores([0, 1]) == [0.5, 1.0]
    assert chosen(select(pool, range(2), max_n_ensemble=5)) == [1]


class NoNumberForOnes(RMSE):
    """A kit's own score that is NaN for some predictions."""

    def score_function(self, ground_truths, predictions):
        """Return NaN when all predictions are one."""
        return (
            np.nan if (predictions.y_pred == 1).all() else super().score_function(ground_truths, predictions)
        )


def test_a_candidate_whose_score_is_no_number_never_wins_against_a_number():
    candidates = [Regression(y_pred=np.array([1.0, 1.0])), Regression(y_pred=np.array([5.0, 5.0]))]
    pool = pool_of(Regression(y_true=np.zeros(2)), NoNumberForOnes(), candidates.__getitem__)
    assert chosen(select(pool, [0, 1], max_n_ensemble=1)) == [1]


class Counting:
    """A pool that notes which candidates are tried, step by step."""

    is_lower_the_better = True

    def __init__(self, *scores):
        self.table, self.tried, self.n = scores, [], 0

    def scores(self, candidates):
        self.tried.append(list(candidates))
        return [self.table[self.n][candidate] for candidate in candidates]

    def add(self, candidate):
        self.n += 1


KNOWN = Path((Step("a", 3.0), Step("b", 2.0)), frozenset("abc"))


def test_a_newcomer_that_wins_nothing_is_all_that_is_tried():
    pool = Counting({"d": 4.0}, {"d": 2.0}, {"d": 2.0})
    assert select(pool, "abcd", max_n_ensemble=9, known=KNOWN).steps == KNOWN.steps
    assert pool.tried == [["d"], ["d"], ["d"]]


def test_from_the_first_step_that_a_newcomer_wins_all_are_tried():
    pool = Counting({"d": 4.0}, {"d": 1.0}, dict.fromkeys("abcd", 1.0))
    found = select(pool, "abcd", max_n_ensemble=9, known=KNOWN)
    assert found.steps == (Step("a", 3.0), Step("d", 1.0))
    assert [list(tried) for tried in pool.tried] == [["d"], ["d"], list("abcd")]


def test_a_newcomer_that_stands_first_wins_a_tie():
    pool = Counting({"0": 3.0}, dict.fromkeys("0abc", 3.0))
    assert chosen(select(pool, "0abc", max_n_ensemble=9, known=KNOWN)) == ["0"]


def test_a_leaver_that_was_never_selected_changes_nothing_and_nobody_is_tried():
    pool = Counting()
    assert select(pool, "ab", max_n_ensemble=9, known=KNOWN).steps == KNOWN.steps
    assert pool.tried == []


def test_from_the_first_step_of_a_leaver_all_that_stay_are_tried():
    pool = Counting({}, dict.fromkeys("ac", 2.5), dict.fromkeys("ac", 2.5))
    assert chosen(select(pool, "ac", max_n_ensemble=9, known=KNOWN)) == ["a", "a"]
    assert [list(tried) for tried in pool.tried] == [[], list("ac"), list("ac")]
