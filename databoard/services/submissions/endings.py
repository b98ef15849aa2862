"""How a submission leaves the queue or returns to it: the state that its end means."""

from datetime import datetime

from databoard.models import Submission
from databoard.states import ERROR_STATES, ErrorCode, SubmissionState


def return_to_queue(submission: Submission) -> None:
    """Show a submission as waiting again, whose job was handed back."""
    submission.state = SubmissionState.new
    submission.training_started_at = None
    for fold in submission.folds:
        fold.state = SubmissionState.new


def end(submission: Submission, state, code: ErrorCode, message: str, trace: str, now: datetime) -> None:
    """Give a submission, and each fold of it that had not ended, a final state that is not a score."""
    submission.state, submission.error_code, submission.finished_at = state, code, now
    submission.error_message, submission.trace = message, trace
    for fold in submission.folds:
        if fold.state not in ERROR_STATES | {SubmissionState.tested}:
            fold.state = state
