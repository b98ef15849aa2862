"""What the scorer answers, a JSON object, as the dataclasses it was made from."""

from typing import Any, TypeVar

from databoard.scoring.blending import EnsembleResult
from databoard.scoring.folds import ScoreSummary, SubmissionScores

T = TypeVar("T")


def scores_of(answer: dict[str, Any]) -> SubmissionScores:
    """Return the answer to ``score``."""
    by_fold = {
        int(number): {name: (values[0], values[1], values[2]) for name, values in scores.items()}
        for number, scores in answer["by_fold"].items()
    }
    return SubmissionScores(by_fold, {name: _summary(facts) for name, facts in answer["summary"].items()})


def _summary(facts: dict[str, Any]) -> ScoreSummary:
    curves = {name: tuple(facts[name]) for name in ("valid_bags", "test_bags")}
    return ScoreSummary(**(facts | curves))


def ensemble_of(answer: dict[str, Any]) -> EnsembleResult:
    """Return the answer to ``blend``, by submission instead of by run."""
    by_fold = answer["fold_contributivity"]
    return EnsembleResult(
        contributivity=_by_submission(answer["contributivity"]),
        fold_contributivity={int(number): _by_submission(shares) for number, shares in by_fold.items()},
        best={int(number): _submission_of(run) for number, run in answer["best"].items()},
        left_out=_by_submission(answer["left_out"]),
        **{
            name: answer[name]
            for name in ("combined_valid", "combined_test", "foldwise_valid", "foldwise_test")
        },
    )


def _by_submission(by_run: dict[str, T]) -> dict[int, T]:
    return {_submission_of(run): value for run, value in by_run.items()}


def _submission_of(run: str) -> int:
    return int(run.split("/")[0])
