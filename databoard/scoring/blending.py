"""Blend the submissions of an event into one ensemble per fold, and tell what each contributes.

Greedy forward selection with replacement on the validation rows of each fold: R. Caruana et al., Ensemble
selection from libraries of models, ICML 2004. Every step averages the whole multiset afresh, so a kit may
bring a ``Predictions.combine`` that is not a mean.
"""

from collections import Counter
from dataclasses import dataclass

from .bagging import bag, score_covered
from .folds import checked_runs


@dataclass(frozen=True)
class EnsembleResult:
    """The ensembles of an event.

    Attributes
    ----------
    contributivity : dict of submission id to float
        Mean over the folds; sums to 1.
    fold_contributivity : dict of fold number to dict of submission id to float
        Share of the fold's multiset; sums to 1 on each fold.
    best : dict of fold number to submission id
        The best single submission.
    combined_valid, combined_test : dict of score name to float or None
        Scores of the fold ensembles, bagged over the folds.
    foldwise_valid, foldwise_test : dict of score name to float or None
        The same with the best submission of each fold instead of its ensemble.

    Without submissions the first three are empty and the scores are ``None``, as are test scores without a
    test truth.
    """

    contributivity: dict[int, float]
    fold_contributivity: dict[int, dict[int, float]]
    best: dict[int, int]
    combined_valid: dict[str, float | None]
    combined_test: dict[str, float | None]
    foldwise_valid: dict[str, float | None]
    foldwise_test: dict[str, float | None]


def blend(
    *, predictions_class, score_types, official, y_train, y_test, folds, predictions, max_n_ensemble=80
) -> EnsembleResult:
    """Select the ensemble of every fold on the official score, and score what they predict together.

    Parameters
    ----------
    predictions_class, score_types, y_train, y_test, folds
        As in :func:`databoard.scoring.folds.score_folds`.
    official : str
        The name among ``score_types`` to improve.
    predictions : dict of submission id to sequence of FoldPredictions
        Ties go to the submission that comes first here.
    max_n_ensemble : int
        Largest size of a multiset, at least 1.

    Returns
    -------
    EnsembleResult
    """
    if not predictions:
        nothing = dict.fromkeys(score_types)
        return EnsembleResult({}, {}, {}, nothing, nothing, nothing, nothing)
    ids = list(predictions)
    runs = [checked_runs(predictions_class, len(y_train), y_test, folds, predictions[i]) for i in ids]
    chosen = [
        select_on_fold(
            score_types[official],
            predictions_class(y_true=y_train, fold_is=fold.test_is),
            [predictions_class(y_pred=run[k][0], fold_is=fold.test_is) for run in runs],
            max_n_ensemble=max_n_ensemble,
        )
        for k, fold in enumerate(folds)
    ]
    best = [indices[:1] for indices in chosen]
    evaluate = _Evaluation(predictions_class, score_types, y_train, y_test, folds, runs)
    fold_contributivity = {
        fold.number: _shares(ids, indices) for fold, indices in zip(folds, chosen, strict=True)
    }
    return EnsembleResult(
        contributivity={i: sum(s[i] for s in fold_contributivity.values()) / len(folds) for i in ids},
        fold_contributivity=fold_contributivity,
        best={fold.number: ids[indices[0]] for fold, indices in zip(folds, best, strict=True)},
        combined_valid=evaluate.valid(chosen),
        combined_test=evaluate.test(chosen),
        foldwise_valid=evaluate.valid(best),
        foldwise_test=evaluate.test(best),
    )


def select_on_fold(score_type, truths, candidates, *, max_n_ensemble=80) -> list[int]:
    """Return the multiset of candidates that greedy selection finds, in the order of selection.

    Starts with the best single candidate and adds the one that improves the score of the average most, as
    long as one improves it strictly. The first candidate wins a tie.

    Parameters
    ----------
    score_type : ScoreType
    truths : Predictions
    candidates : sequence of Predictions
        Of the same samples as ``truths``; at least one.
    max_n_ensemble : int

    Returns
    -------
    list of int
        Indices of candidates, repeats allowed.
    """
    chosen, score = _best_addition(score_type, truths, candidates, [])
    while len(chosen) < max_n_ensemble:
        longer, new_score = _best_addition(score_type, truths, candidates, chosen)
        if not _is_better(score_type, new_score, score):
            break
        chosen, score = longer, new_score
    return chosen


def _best_addition(score_type, truths, candidates, chosen):
    best, best_score = None, None
    for i in range(len(candidates)):
        combined = type(truths).combine(candidates, [*chosen, i])
        score = score_type.score_function(truths, combined)
        if best is None or _is_better(score_type, score, best_score):
            best, best_score = i, score
    return [*chosen, best], best_score


def _is_better(score_type, score, other):
    return score < other if score_type.is_lower_the_better else score > other


def _shares(ids, indices):
    n_selected = Counter(indices)
    return {submission_id: n_selected[i] / len(indices) for i, submission_id in enumerate(ids)}


@dataclass(frozen=True, eq=False)
class _Evaluation:
    predictions_class: type
    score_types: dict
    y_train: object
    y_test: object
    folds: tuple
    runs: list  # per submission, per fold: (y_pred_train, y_pred_test)

    def valid(self, chosen):
        """Score the fold ensembles on the validation rows, bagged."""
        parts = []
        for k, (fold, indices) in enumerate(zip(self.folds, chosen, strict=True)):
            members = [
                self.predictions_class(y_pred=self.runs[i][k][0], fold_is=fold.test_is) for i in indices
            ]
            parts.append((fold.test_is, self.predictions_class.combine(members)))
        return self._scores(self.y_train, parts)

    def test(self, chosen):
        """Score the mean of the fold ensembles on the test set."""
        if self.y_test is None:
            return dict.fromkeys(self.score_types)
        parts = []
        for k, indices in enumerate(chosen):
            members = [self.predictions_class(y_pred=self.runs[i][k][1]) for i in indices]
            parts.append((slice(None), self.predictions_class.combine(members)))
        return self._scores(self.y_test, parts)

    def _scores(self, y_true, parts):
        truths = self.predictions_class(y_true=y_true)
        return score_covered(self.score_types, truths, bag(self.predictions_class, len(y_true), parts))
