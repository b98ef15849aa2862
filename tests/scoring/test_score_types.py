"""Score types against scikit-learn or a hand computation, and what they refuse."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import sklearn.metrics as sk

from databoard.errors import KitError, PredictionError
from databoard.scoring import score_types as st
from databoard.scoring.prediction_types import make_multiclass, make_regression

DOCS = Path(__file__).parents[2] / "docs" / "scores.md"
rng = np.random.default_rng(57)
LABELS = ["a", "b", "c"]
Multiclass, Binary = make_multiclass(LABELS), make_multiclass(["no", "yes"])
y_label = rng.choice(LABELS, 60)
probas = rng.dirichlet(np.ones(3), 60)
y_index, y_argmax = np.searchsorted(LABELS, y_label), probas.argmax(axis=1)
y_binary = rng.integers(0, 2, 60)
p_binary = rng.choice([0.1, 0.4, 0.7], 60)  # many ties
#: The score types that need arguments.
ARGUMENTS = {
    "combined": lambda: st.Combined([st.MARE()], [1]),
    "make_combined": lambda: st.MakeCombined(st.Accuracy(), 0),
    "scp": lambda: st.SCP((8, 8)),
    "soft_accuracy": lambda: st.SoftAccuracy(np.eye(2)),
}
y_real, y_real_pred = rng.uniform(1, 5, 60), rng.uniform(1, 5, 60)


def made(name):
    return ARGUMENTS.get(name, st.SCORE_TYPES[name])()


ON_ARRAYS = [made(name) for name in st.SCORE_TYPES if name != "combined"]


def of_labels(score_type):
    return score_type.score_function(Multiclass(y_true=y_label), Multiclass(y_pred=probas))


def of_binary(score_type):
    truths = Binary(y_true=np.array(["no", "yes"])[y_binary])
    return score_type.score_function(truths, Binary(y_pred=np.column_stack([1 - p_binary, p_binary])))


def of_values(score_type):
    return score_type.score_function(make_regression()(y_true=y_real), make_regression()(y_pred=y_real_pred))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (of_labels(st.Accuracy()), sk.accuracy_score(y_index, y_argmax)),
        (of_labels(st.ClassificationError()), 1 - sk.accuracy_score(y_index, y_argmax)),
        (of_labels(st.BalancedAccuracy()), sk.balanced_accuracy_score(y_index, y_argmax, adjusted=True)),
        (of_labels(st.BalancedAccuracy(adjusted=False)), sk.balanced_accuracy_score(y_index, y_argmax)),
        (of_labels(st.MacroAveragedRecall()), sk.recall_score(y_index, y_argmax, average="macro")),
        (of_labels(st.F1Above(threshold=0.3)), np.mean(sk.f1_score(y_index, y_argmax, average=None) > 0.3)),
        (of_labels(st.NegativeLogLikelihood()), sk.log_loss(y_index, probas)),
        (of_binary(st.ROCAUC()), sk.roc_auc_score(y_binary, p_binary)),
        (of_binary(st.BrierScore()), sk.brier_score_loss(y_binary, p_binary)),
        (of_values(st.RMSE()), sk.root_mean_squared_error(y_real, y_real_pred)),
        (of_values(st.MARE()), sk.mean_absolute_percentage_error(y_real, y_real_pred)),
        (of_values(st.NormalizedRMSE()), np.sqrt(1 - sk.r2_score(y_real, y_real_pred))),
        (of_values(st.RelativeRMSE()), np.sqrt(np.mean((1 - y_real_pred / y_real) ** 2))),
    ],
)
def test_a_score_agrees_with_scikit_learn(score, expected):
    assert isinstance(score, float)
    assert score == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("score_type", "y_true", "y_pred", "expected"),
    [
        (st.RMSE(), [0, 0], [3, 4], np.sqrt(12.5)),
        (st.NormalizedRMSE(), [1, 3], [2, 2], 1.0),
        (st.RelativeRMSE(), [1, -2], [2, -2], np.sqrt(0.5)),
        (st.MARE(), [1, -2], [2, -1], 0.75),
        (st.F1Above(threshold=0.5), [0, 0, 1], [0, 1, 2], 1 / 3),
        (st.MacroAveragedRecall(), [0, 0, 1], [0, 1, 2], 1 / 6),
        (st.BalancedAccuracy(), [0, 0, 1], [0, 1, 2], -0.5),
        (st.BalancedAccuracy(adjusted=False), [0, 0, 1], [0, 1, 2], 0.25),
        (st.ROCAUC(), [0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9], 0.875),
        (st.BrierScore(), [0, 1], [0.5, 0.9], 0.13),
        (st.NegativeLogLikelihood(), [[1, 0], [0, 1]], [[2, 2], [0, 0]], np.log(2)),
    ],
)
def test_a_score_agrees_with_a_hand_computation(score_type, y_true, y_pred, expected):
    assert score_type(y_true, y_pred) == pytest.approx(expected, abs=1e-12)


def test_f1_has_to_exceed_its_threshold_strictly():
    assert st.F1Above(threshold=0.5)([0, 0, 0, 1], [0, 1, 1, 1]) == 0.0


def test_a_certain_mistake_costs_a_bounded_log_likelihood():
    assert st.NegativeLogLikelihood()([[1.0, 0.0]], [[0.0, 1.0]]) == pytest.approx(-np.log(1e-15), rel=1e-9)


def test_equal_probabilities_predict_the_first_label():
    tied = Multiclass(y_pred=[[0.4, 0.4, 0.2]])
    assert st.Accuracy().score_function(Multiclass(y_true=["a"]), tied) == 1.0


def test_several_targets_are_averaged():
    Two = make_regression(["u", "v"])
    score = st.RMSE().score_function(Two(y_true=[[0.0, 0.0]]), Two(y_pred=[[3.0, 4.0]]))
    assert score == pytest.approx(np.sqrt(12.5))


@pytest.mark.parametrize("score_type", ON_ARRAYS, ids=repr)
def test_no_sample_cannot_be_scored(score_type):
    with pytest.raises(PredictionError, match="no sample"):
        score_type([], [])


@pytest.mark.parametrize("score_type", ON_ARRAYS, ids=repr)
def test_a_wrong_length_cannot_be_scored(score_type):
    with pytest.raises(PredictionError, match=r"Expected predictions of shape \(2,\), got \(3,\)"):
        score_type([0, 1], [0, 1, 1])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("score_type", ON_ARRAYS, ids=repr)
def test_nan_and_infinity_cannot_be_scored(score_type, bad):
    with pytest.raises(PredictionError, match="finite"):
        score_type([0.0, 1.0], [0.0, bad])


def test_an_overflow_is_reported_not_stored():
    with pytest.raises(PredictionError, match="too large") as caught:
        st.RMSE()([1.0], [1e200])
    # It may be computed on hidden rows: no figure that the predictions chose.
    assert not any(map(str.isdigit, str(caught.value)))


@pytest.mark.parametrize(
    ("score_type", "y_true", "reason"),
    [
        (st.ROCAUC(), [1, 1], "both classes"),
        (st.BalancedAccuracy(), [1, 1], "two classes"),
        (st.MARE(), [0.0, 1.0], "zeros"),
        (st.RelativeRMSE(), [0.0, 1.0], "zeros"),
        (st.NormalizedRMSE(), [2.0, 2.0], "deviation"),
        (st.RMSE(), [1.0, np.nan], "truth holds NaN"),
    ],
)
def test_a_truth_that_allows_no_score_is_the_kits_error(score_type, y_true, reason):
    with pytest.raises(KitError, match=reason):
        score_type(y_true, [1, 1])


@pytest.mark.parametrize("score_type", [st.ROCAUC(), st.BrierScore()], ids=repr)
def test_binary_scores_refuse_three_classes(score_type):
    with pytest.raises(KitError, match="two classes, the problem has 3"):
        of_labels(score_type)


def test_every_score_type_states_its_direction_and_bounds():
    scores = {name: made(name) for name in st.SCORE_TYPES}
    assert {name: st.type_name(score) for name, score in scores.items() if name not in ARGUMENTS} == {
        name: name for name in st.SCORE_TYPES if name not in ARGUMENTS
    }
    assert [name for name, score in scores.items() if not score.minimum < score.maximum] == []
    worst = {name: s.maximum if s.is_lower_the_better else s.minimum for name, s in scores.items()}
    assert {name: score.worst for name, score in scores.items()} == worst


def test_every_docstring_of_a_score_type_states_its_direction_and_range():
    wrong = []
    for name, cls in st.SCORE_TYPES.items():
        docstring = " ".join(inspect.getdoc(cls).split()).lower()
        direction = "lower" if made(name).is_lower_the_better else "higher"
        has_range = name in ("balanced_accuracy", "make_combined") or re.search(r" in \[(0|-1), ", docstring)
        if f"{direction} is better" not in docstring or not has_range:
            wrong.append(name)
    assert wrong == []


def documented(name):
    """Return the parts of the row in the documentation that a score type must have."""
    score_type = made(name)
    direction = "lower" if score_type.is_lower_the_better else "higher"
    return [
        f"`{type(score_type).__name__}` ({score_type.name}, {score_type.precision}",
        f"| {'as its parts' if name == 'combined' else direction} |",
        f"{score_type.minimum:.0f} to ".replace("-", "−"),
        f" to {'∞' if score_type.maximum == float('inf') else '1'}",
    ]


def test_every_score_type_is_listed_in_the_documentation():
    missing = {}
    for name, cls in st.SCORE_TYPES.items():
        start = f"| `{name}` | `{cls.__name__}`"
        rows = [row for row in DOCS.read_text().splitlines() if row.startswith(start)]
        parts = ["as its part"] if name == "make_combined" else documented(name)
        if len(rows) != 1 or not all(part in rows[0] for part in parts):
            missing[name] = rows
    assert missing == {}


@pytest.mark.parametrize(
    ("cls", "name", "precision"),
    [
        (st.Accuracy, "accuracy", 2),
        (st.ClassificationError, "classification error", 2),
        (st.NegativeLogLikelihood, "negative log likelihood", 2),
        (st.BrierScore, "brier_score", 3),
        (st.MacroAveragedRecall, "accuracy", 2),
        (st.NormalizedRMSE, "rmse", 2),
        (st.RelativeRMSE, "rmse", 2),
        (st.BrierSkillScore, "brier_score", 3),
        (st.BrierScoreReliability, "brier_score", 3),
        (st.BrierScoreResolution, "brier_score", 3),
        (st.NormalizedGini, "normalized_gini", 2),
    ],
)
def test_defaults_are_those_of_ramp(cls, name, precision):
    assert (cls().name, cls().precision) == (name, precision)
    assert (cls("mine", 5).name, cls("mine", 5).precision) == ("mine", 5)
