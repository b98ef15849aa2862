"""End a submission or return it to the queue, and set the state that this means."""

from datetime import datetime
from typing import TYPE_CHECKING

from databoard.models import Submission
from databoard.states import ERROR_STATES, ErrorCode, SubmissionState

if TYPE_CHECKING:
    from databoard.runner.task import FoldRun


#: Every state that a submission which waits or runs may be in, in their order, up to the end.
WAY_TO_SCORES = (
    SubmissionState.new,
    SubmissionState.sent_to_training,
    SubmissionState.training,
    SubmissionState.trained,
    SubmissionState.validated,
    SubmissionState.tested,
    SubmissionState.scored,
)


def return_to_queue(submission: Submission) -> None:
    """Show a submission as waiting again, whose job was handed back."""
    submission.state = SubmissionState.new
    submission.training_started_at = None
    for fold in submission.folds:
        fold.state = SubmissionState.new


def return_to_scores(submission: Submission, now: datetime) -> None:
    """Let the scores that a rerun kept count again: the rerun was cancelled, or the server failed."""
    for state in WAY_TO_SCORES[WAY_TO_SCORES.index(submission.state) + 1 :]:
        submission.state = state
    submission.finished_at = now
    submission.error_code, submission.error_message, submission.trace = None, "", ""
    for fold in submission.folds:
        fold.state, fold.error_code, fold.error_message = SubmissionState.scored, None, ""


def code_of(run: "FoldRun") -> ErrorCode:
    """Return why a run failed; each that failed has a code."""
    if run.error_code is None:
        raise ValueError(f"Expected a code of fold {run.number}, which ended as {run.state}.")
    return ErrorCode(run.error_code)


def end(
    submission: Submission,
    state: SubmissionState,
    code: ErrorCode | None,
    message: str,
    trace: str,
    now: datetime,
) -> None:
    """Give a submission, and each fold of it that had not ended, a final state that is not a score."""
    submission.state, submission.error_code, submission.finished_at = state, code, now
    submission.error_message, submission.trace = message, trace
    for fold in submission.folds:
        if fold.state not in ERROR_STATES | {SubmissionState.tested}:
            fold.state = state
