"""Scores of probability forecasts against hand computations and scikit-learn, and what they refuse."""

import numpy as np
import pytest
import sklearn.metrics as sk

from databoard.errors import KitError
from databoard.scoring import score_types as st
from databoard.scoring.prediction_types import make_multiclass

rng = np.random.default_rng(57)
y_true = rng.integers(0, 2, 80)
y_pred = rng.uniform(size=80)
BINARY = [st.BrierSkillScore, st.BrierScoreReliability, st.BrierScoreResolution, st.NormalizedGini]
#: Two forecasts of 0.25 with one hit, two of 0.75 with two hits: base rate 3/4.
FOUR = ([0, 1, 1, 1], [0.25, 0.25, 0.75, 0.75])
MATRIX = [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 2.0]]


def test_skill_compares_with_always_forecasting_the_base_rate():
    base = np.full(80, y_true.mean())
    expected = 1 - sk.brier_score_loss(y_true, y_pred) / sk.brier_score_loss(y_true, base)
    assert st.BrierSkillScore()(y_true, y_pred) == pytest.approx(expected, abs=1e-12)
    assert st.BrierSkillScore()(y_true, base) == pytest.approx(0, abs=1e-12)


def test_gini_without_ties_is_twice_the_area_under_the_curve_less_one():
    expected = 2 * sk.roc_auc_score(y_true, y_pred) - 1
    assert st.NormalizedGini()(y_true, y_pred) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("score_type", "y_true", "y_pred", "expected"),
    [
        (st.BrierSkillScore(), *FOUR, 1 - (0.0625 + 0.5625 + 2 * 0.0625) / 4 / 0.1875),
        (st.BrierScoreReliability(), *FOUR, (2 * 0.25**2 + 2 * 0.25**2) / 4),
        (st.BrierScoreResolution(), *FOUR, (2 * 0.25**2 + 2 * 0.25**2) / 4 / 0.1875),
        (st.BrierScoreReliability(), [0, 1], [0.0, 1.0], 0.05**2 / 2),
        (st.BrierScoreResolution(), [0, 1], [0.0, 1.0], 1.0),
        (st.BrierScoreReliability(bins=[0, 0.5, 1.5]), [0, 1], [0.1, 0.5], 0.25**2 / 2),
        (st.BrierScoreReliability(), [1], [0.3], 0.65**2),
        (st.NormalizedGini(), [0, 1, 1], [0.1, 0.5, 0.9], 1.0),
        (st.NormalizedGini(), [0, 1, 1], [0.9, 0.5, 0.1], -1.0),
        (st.NormalizedGini(), [1, 0], [0.5, 0.5], 1.0),
        (st.SoftAccuracy(MATRIX), [[1, 0, 0], [0, 0, 1]], [[0.5, 0.5, 0], [0, 0, 1]], (0.75 + 2) / 2),
        (st.SoftAccuracy(MATRIX), [[0, 1, 0]], [[0.2, 0.2, 0]], 0.75),
        (st.SoftAccuracy(MATRIX), [[0, 1, 0]], [[0, 0, 0]], 0.0),
    ],
)
def test_a_forecast_score_agrees_with_a_hand_computation(score_type, y_true, y_pred, expected):
    assert score_type(y_true, y_pred) == pytest.approx(expected, abs=1e-12)


def test_reliability_and_resolution_explain_the_brier_score_of_forecasts_at_the_centres():
    forecasts = rng.choice([0.05, 0.35, 0.85, 1.0], 80)
    variance = y_true.mean() * (1 - y_true.mean())
    reliability, resolution = (
        score(y_true, forecasts) for score in (st.BrierScoreReliability(), st.BrierScoreResolution())
    )
    brier = sk.brier_score_loss(y_true, forecasts)
    assert reliability - resolution * variance + variance == pytest.approx(brier, abs=1e-12)


def test_soft_accuracy_with_unit_credits_of_certain_forecasts_is_accuracy():
    labels = rng.integers(0, 3, (2, 50))
    truths, forecasts = np.eye(3)[labels]
    assert st.SoftAccuracy(np.eye(3))(truths, forecasts) == pytest.approx(sk.accuracy_score(*labels))


def test_soft_accuracy_reads_predictions_and_is_bounded_by_its_matrix():
    Three = make_multiclass(["a", "b", "c"])
    score_type = st.SoftAccuracy(MATRIX)
    assert score_type.score_function(Three(y_true=["b"]), Three(y_pred=[[0, 0, 2]])) == 0.5
    assert (score_type.maximum, score_type.worst, st.type_name(score_type)) == (2.0, 0.0, "soft precision")


@pytest.mark.parametrize("cls", [st.BrierSkillScore, st.BrierScoreResolution, st.NormalizedGini])
@pytest.mark.parametrize("only", [0, 1])
def test_a_truth_of_one_class_allows_no_comparison(cls, only):
    with pytest.raises(KitError, match="both classes"):
        cls()([only, only], [0.2, 0.4])


@pytest.mark.parametrize("cls", BINARY)
def test_a_forecast_score_refuses_three_classes(cls):
    Three = make_multiclass(["a", "b", "c"])
    with pytest.raises(KitError, match="two classes, the problem has 3"):
        cls().score_function(Three(y_true=["b"]), Three(y_pred=[[0, 0, 1]]))


@pytest.mark.parametrize("bins", [[0.0], [0, 1.0], [0.1, 1.5], [0, 0.5, 0.5, 1.5], [[0, 1.5]]])
def test_bins_have_to_rise_from_zero_to_above_one(bins):
    with pytest.raises(KitError, match="bins"):
        st.BrierScoreReliability(bins=bins)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [([[1, 0]], "square"), ([[1, -1], [0, 1]], "at least 0"), ([[0.0]], "above 0"), ([[np.nan]], "finite")],
)
def test_a_score_matrix_that_is_none_is_refused(matrix, message):
    with pytest.raises(KitError, match=message):
        st.SoftAccuracy(matrix)


def test_a_score_matrix_of_other_classes_is_refused():
    with pytest.raises(KitError, match="3 classes, the problem has 2"):
        st.SoftAccuracy(MATRIX)([[1, 0]], [[1, 0]])
