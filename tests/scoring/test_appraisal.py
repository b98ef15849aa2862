"""What the predictions of one submission tell about the problem: weak, mixed up, or scored in the wrong direction."""

import numpy as np
import pytest

from databoard.kits import Fold
from databoard.scoring import score_types as st
from databoard.scoring.appraisal import appraise
from databoard.scoring.folds import FoldPredictions
from databoard.scoring.prediction_types import make_combined, make_detection, make_multiclass, make_regression

rng = np.random.default_rng(57)
LABELS = ["a", "b", "c"]
Kinds, Dose = make_multiclass(LABELS), make_regression()
Mixed = make_combined([Kinds, Dose])
Y = rng.choice(LABELS, 60, p=[0.5, 0.3, 0.2])
ONE_HOT = Kinds(y_true=Y).y_pred
DOSE = rng.uniform(1, 5, 60)
FOLDS = (Fold(0, np.arange(40), np.arange(40, 60)), Fold(1, np.arange(20, 60), np.arange(20)))


class Turned(st.RMSE):
    """A score that is best for the truth, and prefers what is far from it to what is near."""

    is_lower_the_better, minimum, maximum = False, 0.0, 1.0

    def _score(self, y_true, y_pred):
        distance = float(np.abs(y_true - y_pred).mean())
        return 1.0 if distance == 0 else distance / (1 + distance)


def appraised(predictions_class, y, y_pred, *score_types):
    return appraise(
        predictions_class=predictions_class,
        score_types={score_type.name: score_type for score_type in score_types},
        official=score_types[0].name,
        y_train=y,
        y_test=None,
        folds=FOLDS,
        predictions=[FoldPredictions(fold.number, y_pred, None) for fold in FOLDS],
    )


def test_the_best_constant_class_is_the_most_frequent_one_of_the_training_rows():
    found = appraised(Kinds, Y, ONE_HOT, st.Accuracy())
    shares = [ONE_HOT[fold.train_is].mean(axis=0) for fold in FOLDS]
    expected = np.mean([ONE_HOT[f.test_is, s.argmax()].mean() for f, s in zip(FOLDS, shares, strict=True)])
    assert (found.score, found.best_constant) == (1.0, pytest.approx(expected))


def test_the_best_constant_under_likelihood_is_the_share_of_each_class():
    found = appraised(Kinds, Y, ONE_HOT, st.NegativeLogLikelihood())
    shares = [ONE_HOT[fold.train_is].mean(axis=0) for fold in FOLDS]
    losses = [-np.log(ONE_HOT[f.test_is] @ share).mean() for f, share in zip(FOLDS, shares, strict=True)]
    assert found.best_constant == pytest.approx(np.mean(losses))


def test_the_best_constant_value_is_near_the_mean():
    found = appraised(Dose, DOSE, DOSE, st.RMSE())
    errors = [np.sqrt(np.mean((DOSE[fold.test_is] - DOSE[fold.train_is].mean()) ** 2)) for fold in FOLDS]
    assert 0 < found.best_constant <= np.mean(errors)


def test_each_part_of_combined_predictions_has_its_constant():
    y = np.array(list(zip(Y, DOSE, strict=True)), dtype=object)
    parts = [st.ClassificationError("error"), st.MARE()]
    both = appraised(Mixed, y, np.column_stack([ONE_HOT, DOSE]), st.Combined(parts, [1, 1]))
    alone = [
        appraised(Kinds, Y, ONE_HOT, parts[0]).best_constant,
        appraised(Dose, DOSE, DOSE, parts[1]).best_constant,
    ]
    assert both.best_constant == pytest.approx(sum(alone))


def test_classes_under_other_names_are_told_from_mere_mistakes():
    found = appraised(Kinds, Y, ONE_HOT[:, [1, 2, 0]], st.Accuracy())
    assert (found.share_right, found.share_permuted) == (0.0, 1.0)
    noise = appraised(Kinds, Y, rng.dirichlet(np.ones(3), 60), st.Accuracy())
    assert (noise.share_right, noise.share_permuted) == (None, None)


@pytest.mark.parametrize(("score_type", "expected"), [(st.RMSE(), ()), (Turned("turned"), ("turned",))])
def test_a_score_that_prefers_the_worse_of_two_submissions_is_named(score_type, expected):
    assert appraised(Dose, DOSE, DOSE + 1.5, score_type).contradicted == expected


def test_circles_have_no_constant():
    Circles = make_detection(2)
    y = np.empty(60, dtype=object)
    y[:] = [[(1.0, 2.0, 3.0)] for _ in range(60)]
    y_pred = np.tile([0.9, 1.1, 2.0, 3.0, -1, -1, -1, -1], (60, 1))
    found = appraised(Circles, y, y_pred, st.OSPA())
    assert found.contradicted == () and found.share_right is None
