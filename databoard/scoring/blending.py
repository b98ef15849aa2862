"""Blend the submissions of an event into one ensemble per fold, and tell what each contributes.

The selection is that of :mod:`databoard.scoring.greedy`. A :class:`Memory` of the last blending makes the next one
cheap and changes no number of it.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from databoard.errors import DataboardError
from databoard.scoring.bagging import bag, score_covered
from databoard.scoring.contract import AnyFold, AnyRun, AnyScoreType, Predictions
from databoard.scoring.greedy import Path, pool_of, select
from databoard.scoring.prediction_types import check_predictions


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
    left_out : dict of submission id to str
        Those whose predictions are lost or do not fit, with the reason; only of predictions on disk.

    Without submissions the first three are empty and the scores are ``None``, as are test scores without a
    test truth.
    """

    contributivity: dict[int, float]
    fold_contributivity: dict[int, dict[int, float]]
    best: dict[int, int]
    combined_valid: Mapping[str, float | None]
    combined_test: Mapping[str, float | None]
    foldwise_valid: Mapping[str, float | None]
    foldwise_test: Mapping[str, float | None]
    left_out: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Memory:
    """What a blending leaves for the next one of the same kit, folds, scores and largest size.

    Attributes
    ----------
    order : tuple of submission id
        All that took part, in their order.
    paths : dict of fold number to Path
    scores : dict of str to dict of score name to float or None
        The four scores of :class:`EnsembleResult`, by their names there.
    """

    order: tuple[Any, ...] = ()
    paths: Mapping[int, Path] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)


class UnusablePredictions(DataboardError):
    """The stored predictions of a submission are lost or do not fit; its id is `submission_id`."""

    def __init__(self, submission_id: Any, reason: str) -> None:
        super().__init__(f"The predictions of submission {submission_id} cannot be used: {reason}")
        self.submission_id, self.reason = submission_id, reason


class AnyLibrary(Protocol):
    """Where the predictions of submissions are; an id names one run of one submission."""

    @property
    def ids(self) -> tuple[Any, ...]: ...

    def train(self, submission_id: Any, number: int) -> np.ndarray | None: ...

    def test(self, submission_id: Any, number: int) -> np.ndarray | None: ...


class Library:
    """Predictions held in memory. Another library may read them from disk when they are asked for.

    Parameters
    ----------
    predictions : dict of submission id to sequence of FoldPredictions
        Ties go to the submission that comes first here.
    """

    def __init__(self, predictions: Mapping[int, Sequence[AnyRun]]) -> None:
        self.ids = tuple(predictions)
        self._runs = {i: {run.number: run for run in runs} for i, runs in predictions.items()}

    def train(self, submission_id: int, number: int) -> np.ndarray | None:
        """Return what a submission predicted on fold ``number`` for the training set, ndarray."""
        return self._runs[submission_id][number].y_pred_train

    def test(self, submission_id: int, number: int) -> np.ndarray | None:
        """Return the same for the test set."""
        return self._runs[submission_id][number].y_pred_test


def blend(*, predictions: Mapping[int, Sequence[AnyRun]], **problem: Any) -> EnsembleResult:
    """Blend predictions that are in memory, see :func:`update`.

    Parameters
    ----------
    predictions : dict of submission id to sequence of FoldPredictions
        Ties go to the submission that comes first here.
    """
    return update(library=Library(predictions), **problem)[0]


def update(
    *,
    predictions_class: type[Predictions],
    score_types: Mapping[str, AnyScoreType],
    official: str,
    y_train: Any,
    y_test: Any,
    folds: Sequence[AnyFold],
    library: AnyLibrary,
    max_n_ensemble: int = 80,
    memory: Memory | None = None,
) -> tuple[EnsembleResult, Memory]:
    """Select the ensemble of every fold on the official score, and score what they predict together.

    Parameters
    ----------
    predictions_class, score_types, y_train, y_test, folds
        As in :func:`databoard.scoring.folds.score_folds`.
    official : str
        The name among ``score_types`` to improve.
    library : Library
    max_n_ensemble : int
        Largest size of a multiset, at least 1.
    memory : Memory, optional
        Of an earlier blending; only what differs from it is computed, with the same result.

    Returns
    -------
    EnsembleResult
    Memory
        To be given to the next call.

    Raises
    ------
    UnusablePredictions
        If what ``library`` gives of a submission is not there, or has a wrong shape or values.
    """
    ids = library.ids
    if not ids:
        nothing = dict.fromkeys(score_types)
        return EnsembleResult({}, {}, {}, nothing, nothing, nothing, nothing), Memory()
    if memory is None or not _is_in_order(memory.order, ids):
        memory = Memory()
    shelf = _Shelf(predictions_class, score_types, y_train, y_test, folds, library)
    paths = {
        fold.number: shelf.select(fold, score_types[official], max_n_ensemble, memory.paths.get(fold.number))
        for fold in folds
    }
    is_same = memory.paths and all(paths[n].steps == path.steps for n, path in memory.paths.items())
    scores = memory.scores if is_same else shelf.scores(paths)
    shares = {number: _shares(ids, path) for number, path in paths.items()}
    result = EnsembleResult(
        contributivity={i: sum(share[i] for share in shares.values()) / len(folds) for i in ids},
        fold_contributivity=shares,
        best={number: path.steps[0].candidate for number, path in paths.items()},
        combined_valid=scores["combined_valid"],
        combined_test=scores["combined_test"],
        foldwise_valid=scores["foldwise_valid"],
        foldwise_test=scores["foldwise_test"],
    )
    return result, Memory(ids, paths, scores)


def _is_in_order(earlier: Iterable[Hashable], ids: Sequence[Hashable]) -> bool:
    """Whether the submissions that stayed stand in the order in which they stood."""
    stayed, there = set(earlier) & set(ids), set(ids)
    return [i for i in earlier if i in there] == [i for i in ids if i in stayed]


def _shares(ids: Sequence[Any], path: Path) -> dict[Any, float]:
    n_selected = Counter(step.candidate for step in path.steps)
    return {submission_id: n_selected[submission_id] / len(path.steps) for submission_id in ids}


@dataclass(frozen=True, eq=False)
class _Shelf:
    """Every submission's predictions beside the truth; checked when they are taken out."""

    predictions_class: type[Predictions]
    score_types: Mapping[str, AnyScoreType]
    y_train: Any
    y_test: Any
    folds: Sequence[AnyFold]
    library: AnyLibrary

    def select(
        self, fold: AnyFold, score_type: AnyScoreType, max_n_ensemble: int, known: Path | None
    ) -> Path:
        """Return the path of one fold."""
        known, ids = known or Path(), self.library.ids
        if known.holds_for(ids):  # without looking at truths or predictions
            return select(None, ids, max_n_ensemble=max_n_ensemble, known=known)
        truths = self.predictions_class(y_true=self.y_train, fold_is=fold.test_is)
        pool = pool_of(truths, score_type, lambda submission_id: self._valid(submission_id, fold))
        return select(pool, ids, max_n_ensemble=max_n_ensemble, known=known)

    def scores(self, paths: Mapping[int, Path]) -> dict[str, Mapping[str, float | None]]:
        """Score the fold ensembles together, and the best single submissions of the folds."""
        chosen = {n: [step.candidate for step in path.steps] for n, path in paths.items()}
        best = {number: members[:1] for number, members in chosen.items()}
        return {
            "combined_valid": self._valid_scores(chosen),
            "combined_test": self._test_scores(chosen),
            "foldwise_valid": self._valid_scores(best),
            "foldwise_test": self._test_scores(best),
        }

    def _valid_scores(self, chosen: Mapping[int, list[Any]]) -> Mapping[str, float | None]:
        parts = [(fold.test_is, self._combined(self._valid, chosen, fold)) for fold in self.folds]
        return self._scored(self.y_train, parts)

    def _test_scores(self, chosen: Mapping[int, list[Any]]) -> Mapping[str, float | None]:
        if self.y_test is None:
            return dict.fromkeys(self.score_types)
        parts = [(slice(None), self._combined(self._test, chosen, fold)) for fold in self.folds]
        return self._scored(self.y_test, parts)

    def _combined(
        self, take: Callable[[Any, AnyFold], Predictions], chosen: Mapping[int, list[Any]], fold: AnyFold
    ) -> Predictions:
        members = chosen[fold.number]
        different = list(dict.fromkeys(members))
        predictions = [take(submission_id, fold) for submission_id in different]
        return self.predictions_class.combine(predictions, [different.index(one) for one in members])

    def _scored(self, y_true: Any, parts: list[tuple[Any, Any]]) -> Mapping[str, float | None]:
        bagged = bag(self.predictions_class, len(y_true), parts)
        return score_covered(self.score_types, self.predictions_class(y_true=y_true), bagged)

    def _valid(self, submission_id: Any, fold: AnyFold) -> Predictions:
        y_pred = self._taken(self.library.train, submission_id, fold, len(self.y_train), "validating")
        return self.predictions_class(y_pred=y_pred, fold_is=fold.test_is)

    def _test(self, submission_id: Any, fold: AnyFold) -> Predictions:
        y_pred = self._taken(self.library.test, submission_id, fold, len(self.y_test), "testing")
        return self.predictions_class(y_pred=y_pred)

    def _taken(
        self,
        take: Callable[[Any, int], np.ndarray | None],
        submission_id: Any,
        fold: AnyFold,
        n_samples: int,
        step: str,
    ) -> np.ndarray:
        try:
            y_pred = take(submission_id, fold.number)
            return check_predictions(self.predictions_class, y_pred, n_samples, step=step)
        except (DataboardError, KeyError, OSError, ValueError) as error:
            raise UnusablePredictions(submission_id, str(error)) from error
