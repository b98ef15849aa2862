"""Write the result of a check: queue the training, or refuse the submission. `worker.checks` calls it step by step.

A submission that passes stays ``new``. Its training is queued in the same transaction, and its place in the queue
counts from when it was submitted. A refusal is final and costs the team no quota.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from databoard.services.base.files import FileStore
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim
from databoard.services.submissions import endings, quota, rows, training_tasks
from databoard.states import JobState, QuotaCause, SubmissionState

#: Of what a refused submission printed, the end is shown; it was free of quota.
MAX_PRINTED = 2000

if TYPE_CHECKING:
    from databoard.runner import FoldRun, TrainingTask


def start(session: Session, claim: Claim, *, store: FileStore, now: datetime) -> "TrainingTask":
    """Return everything the runner needs to know about the submission."""
    jobs.lock_held(session, claim, now=now)
    submission = training_tasks.load(session, claim.submission_id)
    return training_tasks.task_of(session, submission, store)


def record_passed(session: Session, claim: Claim, *, now: datetime) -> None:
    """Write that a submission may be trained, and queue it."""
    job = jobs.lock_held(session, claim, now=now)
    jobs.finish(session, job, state=JobState.success, now=now)
    session.flush()
    jobs.enqueue(session, submission=job.submission, now=job.created_at, priority=job.priority)


def record_refused(session: Session, claim: Claim, *, run: "FoldRun", now: datetime) -> None:
    """Write why a submission cannot work: final, with their own trace, free of quota."""
    job = jobs.lock_held(session, claim, now=now)
    rows.forget_kept_scores(session, claim.submission_id)
    submission, code = training_tasks.load(session, claim.submission_id), endings.code_of(run)
    endings.end(submission, SubmissionState.checking_error, code, run.message, run.trace, now)
    submission.folds[0].printed = run.log[-MAX_PRINTED:]
    quota.refund(session, submission, cause=QuotaCause.refused_by_check, now=now)
    jobs.finish(session, job, state=JobState.error, error_code=code, log=run.log, now=now)
