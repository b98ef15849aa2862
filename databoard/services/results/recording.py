"""Write the result of a claimed job. `worker.training.process_one` calls these functions step by step.

Each function opens with :func:`jobs.lock_held`, so nothing is written once the lease is lost. Result, state and job
change in one transaction.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from databoard.errors import SubmissionError
from databoard.models import CVFold, Submission, SubmissionFold, SubmissionFoldScore, SubmissionScore
from databoard.services.base.files import FileStore
from databoard.services.boards import rows as boards
from databoard.services.events import ensembles
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim
from databoard.services.results.score_columns import fold_columns, summary_columns
from databoard.services.submissions import quota, rows
from databoard.services.submissions.endings import code_of, end, return_to_queue, return_to_scores
from databoard.services.submissions.training_tasks import load, task_of
from databoard.states import ERROR_STATES, ErrorCode, JobState, QuotaCause, SubmissionState

if TYPE_CHECKING:
    from databoard.runner import FoldRun, TrainingTask
    from databoard.scoring.folds import SubmissionScores

#: Which error of a fold names the submission's state, first found wins.
ERROR_ORDER = (
    SubmissionState.checking_error,
    SubmissionState.training_error,
    SubmissionState.validating_error,
    SubmissionState.testing_error,
)
#: The states that a fold shows while it runs; the submission itself is training meanwhile.
PROGRESS = (
    SubmissionState.training,
    SubmissionState.trained,
    SubmissionState.validated,
    SubmissionState.tested,
)


def start(session: Session, claim: Claim, *, store: FileStore, now: datetime) -> "TrainingTask":
    """Mark the submission as training and return what the runner needs; what lost workers predicted is removed."""
    job = jobs.lock_held(session, claim, now=now)
    submission = load(session, claim.submission_id)
    for lease in jobs.lost_leases(session, job):
        store.remove_predictions(submission.id, lease)
    submission.state = SubmissionState.training
    submission.training_started_at = now
    for fold in submission.folds:
        fold.state, fold.printed = SubmissionState.training, ""
    return task_of(session, submission, store)


def stored_predictions(session: Session, claim: Claim, *, store: FileStore, now: datetime) -> Path:
    """Return the folder of what the submission predicted when it was trained."""
    key = jobs.lock_held(session, claim, now=now).submission.predictions_key
    return store.predictions_path(claim.submission_id, key)


def record_progress(session: Session, claim: Claim, *, number: int, state: str, now: datetime) -> None:
    """Show how far one fold is, and the submission with its slowest fold."""
    if state not in PROGRESS:
        return
    job = jobs.lock_held(session, claim, now=now)
    folds = session.execute(
        select(SubmissionFold, CVFold.number)
        .join(CVFold)
        .where(SubmissionFold.submission_id == claim.submission_id)
    ).all()
    for fold, fold_number in folds:
        if fold_number == number:
            fold.state = SubmissionState(state)
    if all(fold.state in PROGRESS for fold, _ in folds):
        job.submission.state = min((fold.state for fold, _ in folds), key=PROGRESS.index)


def record_scores(
    session: Session, claim: Claim, *, runs: "tuple[FoldRun, ...]", scores: "SubmissionScores", now: datetime
) -> None:
    """Write the scores of a submission whose folds all came through; its event is due for blending.

    Without `runs` it was only scored again: its times and predictions stay.
    """
    job = jobs.lock_held(session, claim, now=now)
    ensembles.request_blending_for(session, claim.submission_id)
    if rows.has_kept_scores(session, claim.submission_id):
        rows.drop_scores(session, claim.submission_id)
    submission = load(session, claim.submission_id)
    _write_folds(submission, runs)
    for fold in submission.folds:
        fold.state = SubmissionState.scored
    _write_scores(session, submission, scores)
    submission.predictions_key = claim.lease if runs else submission.predictions_key
    submission.state = SubmissionState.tested
    submission.state = SubmissionState.scored
    submission.finished_at = now
    jobs.finish(session, job, state=JobState.success, now=now, log=_log(runs))
    boards.refresh(session, submission.event_team.event_id, [submission.id])


def record_error(session: Session, claim: Claim, *, runs: "tuple[FoldRun, ...]", now: datetime) -> None:
    """Write that the participant's code failed: final, with their own trace."""
    job = jobs.lock_held(session, claim, now=now)
    rows.forget_kept_scores(session, claim.submission_id)
    submission = load(session, claim.submission_id)
    _write_folds(submission, runs)
    failed = min(
        (run for run in runs if run.state in ERROR_STATES),
        key=lambda run: (ERROR_ORDER.index(SubmissionState(run.state)), run.number),
    )
    state, code = SubmissionState(failed.state), code_of(failed)
    end(submission, state, code, failed.message, failed.trace, now)
    quota.refund(session, submission, cause=QuotaCause.not_scored, now=now)
    jobs.finish(session, job, state=JobState.error, error_code=submission.error_code, log=_log(runs), now=now)


def record_refused(
    session: Session, claim: Claim, *, runs: "tuple[FoldRun, ...]", error: SubmissionError, now: datetime
) -> None:
    """Write that the scorer cannot score the predictions of a submission that ran: final, theirs to fix."""
    job = jobs.lock_held(session, claim, now=now)
    rows.forget_kept_scores(session, claim.submission_id)
    submission = load(session, claim.submission_id)
    _write_folds(submission, runs)
    end(submission, SubmissionState.testing_error, ErrorCode(error.code), str(error), "", now)
    quota.refund(session, submission, cause=QuotaCause.not_scored, now=now)
    jobs.finish(session, job, state=JobState.error, error_code=submission.error_code, log=_log(runs), now=now)


def record_cancelled(session: Session, claim: Claim, *, now: datetime) -> None:
    """Write that the submission was stopped on request."""
    job = jobs.lock_held(session, claim, now=now)
    submission = load(session, claim.submission_id)
    if rows.has_kept_scores(session, submission.id):
        return_to_scores(submission, now)
    else:
        end(submission, SubmissionState.cancelled, ErrorCode.cancelled, "Cancelled on request.", "", now)
        quota.refund_cancelled(session, submission, now=now)
    jobs.finish(session, job, state=JobState.cancelled, error_code=ErrorCode.cancelled, now=now)


def record_fault(
    session: Session,
    claim: Claim,
    *,
    message: str,
    now: datetime,
    code: ErrorCode | None = ErrorCode.internal,
    is_counted: bool = True,
) -> None:
    """Write that *we* failed, or without a `code` that the worker stops: it is tried again, at most three times."""
    job = jobs.lock_held(session, claim, now=now)
    submission = load(session, claim.submission_id)
    is_retried = jobs.hand_back(session, job, code=code, log=message, now=now, is_counted=is_counted)
    _after_fault(session, submission, is_retried, code, now)


def reap(session: Session, *, now: datetime, lease_s: float) -> int:
    """Return the submissions of lost workers to the queue; return how many jobs were lost."""
    lost = jobs.reap(session, now=now, lease_s=lease_s)
    for job, is_retried in lost:
        _after_fault(session, job.submission, is_retried, ErrorCode.worker_lost, now)
    return len(lost)


def _after_fault(
    session: Session, submission: Submission, is_retried: bool, code: ErrorCode | None, now: datetime
) -> None:
    if is_retried:
        return_to_queue(submission)
        return
    if rows.has_kept_scores(session, submission.id):
        return_to_scores(submission, now)
        return
    text = (
        f"The server failed {jobs.MAX_ATTEMPTS} times while it ran this submission. As far as we know, your code is "
        "not to blame. The organisers can see why. When they have fixed it, submit again under the same name."
    )
    end(submission, SubmissionState.checking_error, code, text, "", now)
    quota.refund(session, submission, cause=QuotaCause.platform_fault, now=now)


def _write_folds(submission: Submission, runs: "tuple[FoldRun, ...]") -> None:
    folds = {fold.cv_fold.number: fold for fold in submission.folds}
    for run in runs:
        fold = folds[run.number]
        fold.state = SubmissionState(run.state)
        fold.error_code = ErrorCode(run.error_code) if run.error_code else None
        fold.error_message = run.message
        fold.train_time_s, fold.valid_time_s, fold.test_time_s = (
            run.train_time_s,
            run.valid_time_s,
            run.test_time_s,
        )
        fold.cpu_time_s, fold.max_rss_bytes = run.cpu_time_s, run.max_rss_bytes
        fold.printed = run.log


def _write_scores(session: Session, submission: Submission, scores: "SubmissionScores") -> None:
    """Replace the scores of a submission: two statements for each table, however many scores there are."""
    event = submission.event_team.event
    ids = {score.name: score.id for score in event.score_types}
    folds = {fold.cv_fold.number: fold.id for fold in submission.folds}
    of_submission = [
        {"event_score_type_id": ids[name], "submission_id": submission.id, "version": event.score_version}
        | summary_columns(summary)
        for name, summary in scores.summary.items()
    ]
    of_folds = [
        {"event_score_type_id": ids[name], "submission_fold_id": fold_id} | fold_columns(triple)
        for number, fold_id in folds.items()
        for name, triple in scores.by_fold[number].items()
    ]
    _replace(session, SubmissionScore, SubmissionScore.submission_id == submission.id, of_submission)
    is_of_folds = SubmissionFoldScore.submission_fold_id.in_(folds.values())
    _replace(session, SubmissionFoldScore, is_of_folds, of_folds)
    for changed in (submission, *submission.folds):
        session.expire(changed, ["scores"])


def _replace(
    session: Session,
    table: type[SubmissionScore | SubmissionFoldScore],
    is_old: ColumnElement[bool],
    rows: list[dict[str, Any]],
) -> None:
    session.execute(delete(table).where(is_old).execution_options(synchronize_session=False))
    session.execute(insert(table), rows)


def _log(runs: "tuple[FoldRun, ...]") -> str:
    return "\n".join(f"--- fold {run.number}: {run.state}\n{run.log}" for run in runs)
