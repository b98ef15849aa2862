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
    library = _Library(predictions_class, score_types, y_train, y_test, folds, runs)
    chosen = [library.select(k, score_types[official], max_n_ensemble) for k in range(len(folds))]
    best = [indices[:1] for indices in chosen]
    numbers = [fold.number for fold in folds]
    shares = {number: _shares(ids, indices) for number, indices in zip(numbers, chosen, strict=True)}
    return EnsembleResult(
        contributivity={i: sum(share[i] for share in shares.values()) / len(folds) for i in ids},
        fold_contributivity=shares,
        best={number: ids[i] for number, (i,) in zip(numbers, best, strict=True)},
        combined_valid=library.valid_scores(chosen),
        combined_test=library.test_scores(chosen),
        foldwise_valid=library.valid_scores(best),
        foldwise_test=library.test_scores(best),
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
class _Library:
    """Every submission's predictions beside the truth."""

    predictions_class: type
    score_types: dict
    y_train: object
    y_test: object
    folds: tuple
    runs: list  # per submission, per fold: (y_pred_train, y_pred_test)

    def select(self, k, score_type, max_n_ensemble):
        """Return the multiset of submissions (places in ``runs``) chosen on fold ``k``."""
        truths = self.predictions_class(y_true=self.y_train, fold_is=self.folds[k].test_is)
        candidates = self._valid(k, range(len(self.runs)))
        return select_on_fold(score_type, truths, candidates, max_n_ensemble=max_n_ensemble)

    def valid_scores(self, chosen):
        """Score the ensembles of the folds on their validation rows, bagged."""
        members = [self._valid(k, indices) for k, indices in enumerate(chosen)]
        return self._scores(self.y_train, [fold.test_is for fold in self.folds], members)

    def test_scores(self, chosen):
        """Score the mean of the ensembles of the folds on the test set."""
        if self.y_test is None:
            return dict.fromkeys(self.score_types)
        members = [self._test(k, indices) for k, indices in enumerate(chosen)]
        return self._scores(self.y_test, [slice(None)] * len(members), members)

    def _valid(self, k, indices):
        rows = self.folds[k].test_is
        return [self.predictions_class(y_pred=self.runs[i][k][0], fold_is=rows) for i in indices]

    def _test(self, k, indices):
        return [self.predictions_class(y_pred=self.runs[i][k][1]) for i in indices]

    def _scores(self, y_true, rows, members):
        parts = zip(rows, map(self.predictions_class.combine, members), strict=True)
        bagged = bag(self.predictions_class, len(y_true), parts)
        return score_covered(self.score_types, self.predictions_class(y_true=y_true), bagged)
