"""The blending of the specification written down plainly: slow, and independent of the product's code.

On each fold: start with the best candidate, first on ties; add the one that improves the score of the mean of the
multiset most; stop when none improves it strictly or the multiset is as large as allowed. The share of a candidate
is how often it was selected over the size of the multiset, averaged over the folds.
"""

import math

import numpy as np


def clipped(probabilities):
    """Clip to [1e-15, 1 - 1e-15], renormalise: what each model's probabilities are before they are averaged."""
    inside = np.minimum(np.maximum(probabilities, 1e-15), 1 - 1e-15)
    return inside / np.sum(inside, axis=1)[:, None]


def mean(members):
    """Add one after the other, divide once."""
    total = members[0]
    for member in members[1:]:
        total = total + member
    return total / len(members)


def selection(candidates, score, max_n_ensemble):
    """Return the places of the multiset; ``score`` of an array, lower is better."""
    chosen, reached = [], math.inf
    while len(chosen) < max_n_ensemble:
        scores = [score(mean([candidates[j] for j in [*chosen, i]])) for i in range(len(candidates))]
        if chosen and not min(scores) < reached:
            break
        reached = min(scores)
        chosen.append(scores.index(reached))
    return chosen


def shares(chosen, n_candidates):
    """Return the share of each candidate in one multiset."""
    return [chosen.count(i) / len(chosen) for i in range(n_candidates)]


def rmse(y_true):
    return lambda y_pred: np.sqrt(np.mean((y_true - y_pred) ** 2))


def log_loss(label):
    def score(y_pred):
        probabilities = clipped(y_pred)[np.arange(len(label)), label]
        return -np.mean(np.log(probabilities))

    return score


def error(label):
    return lambda y_pred: np.mean([np.argmax(row) != one for row, one in zip(y_pred, label, strict=True)])


def mare(y_true):
    return lambda y_pred: np.mean(np.abs((y_true - y_pred) / y_true))


def two_thirds_one_third(first, second, n_classes):
    """Return the combined score of drug_spectra: error of the label, relative error of the value."""
    return lambda y_pred: 2 / 3 * first(y_pred[:, :n_classes]) + 1 / 3 * second(y_pred[:, n_classes])
