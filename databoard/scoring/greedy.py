"""Greedy forward selection with replacement on one fold, exact, and continued from what is known.

R. Caruana et al., Ensemble selection from libraries of models, ICML 2004. Start with the best candidate; add the one
that improves the score of the average most, as long as one improves it strictly; ties go to the first. What wins a
step depends on the steps before and on the candidates, not on anything else. So when candidates come, only they have
to be tried along the known path, and all of them from the first step that one of them wins; when candidates leave,
the path holds up to the first step that one of them won.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from databoard.scoring.averaging import Averageable, RunningMean, averageable_of
from databoard.scoring.batch_scores import batch_score_of
from databoard.scoring.contract import AnyScoreType, Predictions

#: Numbers in one block of candidates that is scored at once: 1 MiB, which stays in the processor's cache.
BLOCK_SIZE = 1 << 17

PredictionsOf = Callable[[Any], Predictions]


class Pool(Protocol):
    """What scores additions to a multiset."""

    is_lower_the_better: bool

    def scores(self, candidates: Sequence[Any]) -> list[float]: ...

    def add(self, candidate: Any) -> None: ...


@dataclass(frozen=True)
class Step:
    """One addition to the multiset, and the score of the average with it."""

    candidate: Any  # hashable
    score: float


@dataclass(frozen=True)
class Path:
    """How the multiset of a fold was found.

    Attributes
    ----------
    steps : tuple of Step
        In the order of selection, candidates may repeat. With the candidates it was made of, nothing improves the
        last one strictly, unless the largest size is reached.
    candidates : frozenset
        All that it was made of.
    """

    steps: tuple[Step, ...] = ()
    candidates: "frozenset[Hashable]" = frozenset()

    def holds_for(self, candidates: Sequence[Hashable]) -> bool:
        """Whether this is the path of these candidates, too: none is new, none was selected and left."""
        there = set(candidates)
        is_all_there = all(step.candidate in there for step in self.steps)
        return bool(self.steps) and there <= self.candidates and is_all_there


def select(
    pool: Pool | None, candidates: Sequence[Any], *, max_n_ensemble: int, known: Path = Path()
) -> Path:
    """Return the path of greedy selection over ``candidates``.

    Parameters
    ----------
    pool : Pool or None
        New, nothing added yet; not asked for when `known` holds for the candidates.
    candidates : sequence of hashable
        At least one; the first wins a tie.
    max_n_ensemble : int
        Largest size of the multiset, at least 1.
    known : Path
        Of an earlier selection with the same truths, score and largest size, whose candidates stood in the same
        order. The result is that of selecting from the beginning.
    """
    if known.holds_for(candidates):
        return Path(known.steps, frozenset(candidates))
    if pool is None:
        raise ValueError("Expected a pool: these candidates are not those of the known path.")
    place = {candidate: number for number, candidate in enumerate(candidates)}
    newcomers = [candidate for candidate in candidates if candidate not in known.candidates]
    ahead, steps = list(reversed(known.steps)), list[Step]()
    is_on_path = bool(ahead)
    while len(steps) < max_n_ensemble:
        expected = ahead.pop() if is_on_path and ahead else None
        if expected is not None and expected.candidate not in place:
            expected, is_on_path = None, False
        # On the path the others have been tried: they lose to the expected, or behind its end improve nothing.
        rivals = newcomers if is_on_path else candidates
        tried = [Step(*pair) for pair in zip(rivals, pool.scores(rivals), strict=True)]
        best = _best([*tried, expected] if expected else tried, place, pool.is_lower_the_better)
        if best is None or (steps and not _is_better(best.score, steps[-1].score, pool.is_lower_the_better)):
            break
        is_on_path = is_on_path and best is expected
        steps.append(best)
        pool.add(best.candidate)
    return Path(tuple(steps), frozenset(candidates))


def pool_of(truths: Predictions, score_type: AnyScoreType, predictions_of: PredictionsOf) -> Pool:
    """Return what scores additions to a multiset: by running means where that is exact, else the plain way.

    Parameters
    ----------
    truths : Predictions
    score_type : ScoreType
    predictions_of : callable
        From candidate to its ``Predictions`` of the same samples.
    """
    averageable = averageable_of(type(truths))
    if averageable is None:
        return PlainPool(truths, score_type, predictions_of)
    return MeanPool(truths, score_type, predictions_of, averageable)


class PlainPool:
    """Combines the whole multiset again for each addition, as the kit's ``combine`` says."""

    def __init__(self, truths: Predictions, score_type: AnyScoreType, predictions_of: PredictionsOf) -> None:
        self._truths, self._score_type, self._predictions_of = truths, score_type, predictions_of
        self.is_lower_the_better = score_type.is_lower_the_better
        self._chosen: list[Predictions] = []
        self._predictions: dict[Hashable, Predictions] = {}

    def scores(self, candidates: Sequence[Hashable]) -> list[float]:
        """Return for each candidate the score with it added."""
        return [self._score([*self._chosen, self._get(candidate)]) for candidate in candidates]

    def add(self, candidate: Hashable) -> None:
        """Take a candidate into the multiset."""
        self._chosen.append(self._get(candidate))

    def _score(self, members: list[Predictions]) -> float:
        return self._score_type.score_function(self._truths, type(self._truths).combine(members))

    def _get(self, candidate: Hashable) -> Predictions:
        if candidate not in self._predictions:
            self._predictions[candidate] = self._predictions_of(candidate)
        return self._predictions[candidate]


class MeanPool:
    """Adds each candidate to a running sum, a block of candidates at once."""

    def __init__(
        self,
        truths: Predictions,
        score_type: AnyScoreType,
        predictions_of: PredictionsOf,
        averageable: Averageable,
    ) -> None:
        self._truths, self._score_type = truths, score_type
        self._predictions_of, self._averageable = predictions_of, averageable
        self.is_lower_the_better = score_type.is_lower_the_better
        self._batch_score = batch_score_of(score_type, truths)
        self._mean = RunningMean()
        self._arrays: dict[Hashable, np.ndarray] = {}
        self._blocks: dict[tuple[Hashable, ...], np.ndarray] = {}
        self._n_at_once = max(1, BLOCK_SIZE // max(1, np.size(truths.y_pred)))

    def scores(self, candidates: Sequence[Hashable]) -> list[float]:
        """Return for each candidate the score with it added."""
        scores = []
        for first in range(0, len(candidates), self._n_at_once):
            means = self._mean.with_each(self._block(tuple(candidates[first : first + self._n_at_once])))
            if self._batch_score is None:
                scores += [self._score(mean) for mean in means]
                continue
            # What is no number is asked of the score type again, which says what is wrong.
            batch = self._batch_score(means).tolist()
            scores += [
                one if math.isfinite(one) else self._score(mean)
                for one, mean in zip(batch, means, strict=True)
            ]
        return scores

    def add(self, candidate: Hashable) -> None:
        """Take a candidate into the multiset."""
        self._mean.add(self._get(candidate))

    def _score(self, mean: np.ndarray) -> float:
        return float(self._score_type.score_function(self._truths, type(self._truths)(y_pred=mean)))

    def _block(self, candidates: tuple[Hashable, ...]) -> np.ndarray:
        """Return the arrays of candidates as one; those of many steps are kept."""
        if len(candidates) == 1:
            return self._get(candidates[0])[np.newaxis]
        if candidates not in self._blocks:
            self._blocks[candidates] = np.stack([self._get(candidate) for candidate in candidates])
            self._arrays.update(zip(candidates, self._blocks[candidates], strict=True))  # kept once
        return self._blocks[candidates]

    def _get(self, candidate: Hashable) -> np.ndarray:
        if candidate not in self._arrays:
            array = self._averageable(self._predictions_of(candidate).y_pred)
            self._arrays[candidate] = np.ascontiguousarray(array, dtype=float)
        return self._arrays[candidate]


def _best(steps: Iterable[Step], place: dict[Hashable, int], is_lower_the_better: bool) -> Step | None:
    """Return the step with the best score, of several the candidate that stands first; ``None`` of none."""
    best = None
    for step in sorted(steps, key=lambda step: place[step.candidate]):
        if best is None or _is_better(step.score, best.score, is_lower_the_better):
            best = step
    return best


def _is_better(score: float, other: float, is_lower_the_better: bool) -> bool:
    """Whether a score is strictly better; any number is better than NaN."""
    if math.isnan(other):
        return not math.isnan(score)
    return score < other if is_lower_the_better else score > other
