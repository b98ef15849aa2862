"""What the scorer answers, a JSON object, as the dataclasses it was made from."""

from databoard.scoring.blending import EnsembleResult
from databoard.scoring.folds import ScoreSummary, SubmissionScores


def scores_of(answer: dict) -> SubmissionScores:
    """Return the answer to ``score``."""
    by_fold = {
        int(number): {name: tuple(values) for name, values in scores.items()}
        for number, scores in answer["by_fold"].items()
    }
    return SubmissionScores(by_fold, {name: _summary(facts) for name, facts in answer["summary"].items()})


def _summary(facts: dict) -> ScoreSummary:
    return ScoreSummary(**{name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()})


def ensemble_of(answer: dict) -> EnsembleResult:
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


def _by_submission(by_run: dict) -> dict:
    return {_submission_of(run): value for run, value in by_run.items()}


def _submission_of(run: str) -> int:
    return int(run.split("/")[0])
