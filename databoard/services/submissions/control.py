"""Cancel and rerun jobs by hand: by submission, team, user, event or state, one or many, with a dry run first.

Called by the fab tasks and the pages. A running job loses its lease at once, so its late result writes nothing. The
worker checks the lease every 2 s, and then ends the processes.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import Conflict
from databoard.models import Job, Submission, User
from databoard.services.base import audit
from databoard.services.base.database import begin_writing
from databoard.services.queue import jobs
from databoard.services.submissions import endings, quota, submit
from databoard.services.submissions import rows as submission_rows
from databoard.services.submissions.selection import (
    ControlRow,
    JobFilter,
    cancel_outcome,
    chosen_submissions,
    control_row,
    obstacle,
    pending_jobs,
)
from databoard.states import ErrorCode, JobState, JobStep, SubmissionState


def cancel(
    session: Session,
    filters: JobFilter,
    *,
    actor: User | None,
    now: datetime,
    is_requeued: bool = False,
    is_dry_run: bool = False,
    max_jobs: int | None = None,
) -> list[ControlRow]:
    """Cancel these submissions and their waiting and running jobs; return the quota that they used.

    With `is_requeued` only the jobs are cancelled: each submission waits again with a new job, at the place that it
    had in the queue. A rerun that is cancelled leaves the scores of the earlier run.

    Returns
    -------
    list of ControlRow
        One a job, the oldest first, at most `max_jobs`; empty when none is pending.
    """
    query = pending_jobs(filters).limit(max_jobs)
    if not is_dry_run:  # jobs first, in one order: workers lock in this order too
        begin_writing(session)
        query = query.with_for_update(of=Job)
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    rows = []
    for job in found:
        outcome = cancel_outcome(job, is_requeued=is_requeued)
        rows.append(control_row(job.submission, job, f"would be {outcome}" if is_dry_run else outcome))
        if not is_dry_run:
            (_requeue if is_requeued else _cancel)(session, job, actor, now)
    if not is_dry_run:
        session.flush()
    return rows


def cancel_one(session: Session, submission: Submission, *, user: User, now: datetime) -> None:
    """Cancel a submission that waits or runs; `access.can_cancel` decides who may.

    Raises
    ------
    Conflict
        If it ended meanwhile.
    """
    if not cancel(session, JobFilter(submission_id=submission.id), actor=user, now=now):
        raise Conflict(f"{submission.name} is {submission.state} by now; there is nothing to cancel.")


def rerun(
    session: Session,
    filters: JobFilter,
    *,
    from_step: JobStep,
    actor: User | None,
    now: datetime,
    priority: int = 0,
    is_clean: bool = False,
    is_dry_run: bool = False,
    max_submissions: int | None = None,
) -> list[ControlRow]:
    """Queue these submissions again from a step on; those that cannot be are skipped, each with the reason.

    From ``score`` the predictions are scored again, which needs no jail. What is scored keeps its scores and its
    place on the boards until there are new ones; with `is_clean` they are forgotten at once. A rerun takes no quota.
    """
    rows = []
    for submission in session.scalars(chosen_submissions(filters).limit(max_submissions)).all():
        why_not = obstacle(submission, from_step)
        before = control_row(submission, None, "")
        if not why_not and not is_dry_run:
            why_not = _rerun(session, submission, from_step, priority, is_clean, actor, now)
        done = f"would be queued from {from_step}" if is_dry_run else f"queued from {from_step}"
        rows.append(replace(before, outcome=f"skipped: {why_not}" if why_not else done))
    if not is_dry_run:
        session.flush()
    return rows


def _cancel(session: Session, job: Job, actor: User | None, now: datetime) -> None:
    submission, old_state = job.submission, job.submission.state
    if submission_rows.has_kept_scores(session, submission.id):
        endings.return_to_scores(submission, now)
    else:
        text = f"Cancelled by {actor.name if actor else 'the organisers'}."
        endings.end(submission, SubmissionState.cancelled, ErrorCode.cancelled, text, "", now)
        quota.refund_cancelled(session, submission, now=now)
    jobs.finish(session, job, state=JobState.cancelled, error_code=ErrorCode.cancelled, now=now)
    detail = {"old": str(old_state), "step": str(job.step)}
    audit.record_on(session, submission, "cancel", actor=actor, now=now, **detail)


def _requeue(session: Session, job: Job, actor: User | None, now: datetime) -> None:
    """Cancel a job and queue its submission again at once; the old row stays, cancelled."""
    submission, old_state = job.submission, job.submission.state
    jobs.finish(session, job, state=JobState.cancelled, error_code=ErrorCode.cancelled, now=now)
    session.flush()  # before the new row: one pending job a submission
    endings.return_to_queue(submission)
    jobs.enqueue(session, submission=submission, now=job.created_at, priority=job.priority, step=job.step)
    detail = {"old": str(old_state), "step": str(job.step), "job": job.id}
    audit.record_on(session, submission, "requeue", actor=actor, now=now, **detail)


def _rerun(
    session: Session,
    submission: Submission,
    step: JobStep,
    priority: int,
    is_clean: bool,
    actor: User | None,
    now: datetime,
) -> str:
    """Queue a submission again; return why not, empty when it is."""
    old_state = submission.state
    try:
        submit.rerun(session, submission, now=now, step=step, priority=priority, is_clean=is_clean)
    except Conflict as conflict:  # somebody was faster
        return str(conflict)
    detail = {"old": str(old_state), "step": str(step), "priority": priority}
    audit.record_on(session, submission, "rerun", actor=actor, now=now, **detail)
    return ""
