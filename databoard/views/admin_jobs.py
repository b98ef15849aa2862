"""One job of the queue, and one submission as its organisers see it: look, cancel, run again, download what helps."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from databoard.forms import one_of
from databoard.queries import administered, job_bundle, job_page, records, waiting
from databoard.queries.job_controls import PRIORITY_NAMES
from databoard.services.results import recording
from databoard.services.submissions import control
from databoard.services.submissions.selection import ControlRow, JobFilter, priority_named
from databoard.states import JobStep
from databoard.views.access import is_admin, needs_admin
from databoard.views.admin_access import needs_administered, needs_job
from databoard.views.downloads import download, json_record
from databoard.views.errors import is_partial

bp = Blueprint("admin_jobs", __name__, url_prefix="/admin")
#: Jobs of one answer of :func:`pending_json`.
MAX_PENDING = 1000
#: What a form may ask of a rerun.
CHOICES = {"steps": list(JobStep), "priorities": PRIORITY_NAMES}


@bp.get("/jobs/<int:job_id>")
@needs_job
def show(job_id: int) -> ResponseReturnValue:
    """Show a job with its attempts; htmx asks for what changes while it waits or runs."""
    view = job_page.view(g.session, g.job, sees_faults=is_admin(), now=g.now)
    return render_template("admin/_job.html" if is_partial() else "admin/job.html", view=view, **CHOICES)


@bp.get("/jobs/<int:job_id>/bundle.zip")
@needs_job
def bundle(job_id: int) -> ResponseReturnValue:
    """Download what helps to try the submission elsewhere; no data, no labels."""
    content = job_bundle.bundle(g.session, g.job, store=g.store, now=g.now)
    return download(content, job_bundle.file_name(g.job), "application/zip")


@bp.post("/jobs/<int:job_id>/cancel")
@needs_job
def cancel(job_id: int) -> ResponseReturnValue:
    """Cancel a job that waits or runs; with ``requeue`` its submission waits again."""
    is_requeued = bool(request.form.get("requeue"))
    filters = JobFilter(job_id=job_id)
    done = control.cancel(g.session, filters, actor=g.user, now=g.now, is_requeued=is_requeued)
    _tell(done, f"Job {job_id} has ended meanwhile; there is nothing to cancel.")
    return redirect(url_for("admin_jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<int:job_id>/rerun")
@needs_job
def rerun(job_id: int) -> ResponseReturnValue:
    """Run the submission of a job again."""
    _rerun(g.job.submission.id)
    return redirect(url_for("admin_jobs.show", job_id=job_id), 303)


@bp.post("/jobs/reap")
@needs_admin
def reap() -> ResponseReturnValue:
    """Give the jobs of lost workers to others now."""
    n_lost = recording.reap(g.session, now=g.now, lease_s=g.config.lease_s)
    flash(f"{n_lost} jobs of lost workers recovered." if n_lost else "No job was lost.", "success")
    return redirect(url_for("admin_tables.show", table_name="jobs"), 303)


@bp.get("/pending-jobs.json")
@needs_admin
def pending_json() -> Response:
    """Return what waits and runs by kind, every kind also when it has nothing."""
    kinds, is_truncated = waiting.pending_by_kind(g.session, now=g.now, size=MAX_PENDING)
    shown = {kind: records.pending_by_state(by_state) for kind, by_state in kinds.items()}
    return json_record({**shown, "created_at": g.now.isoformat(), "truncated": is_truncated})


@bp.get("/submissions/<int:submission_id>")
@needs_administered
def submission(submission_id: int) -> ResponseReturnValue:
    """Show the jobs, attempts, files and history of a submission."""
    view = administered.view(g.session, g.submission, sees_faults=is_admin(), now=g.now)
    return render_template("admin/submission.html", view=view, **CHOICES)


@bp.post("/submissions/<int:submission_id>/rerun")
@needs_administered
def rerun_submission(submission_id: int) -> ResponseReturnValue:
    """Run a submission again."""
    _rerun(submission_id)
    return redirect(url_for("admin_jobs.submission", submission_id=submission_id), 303)


def _rerun(submission_id: int) -> None:
    step = one_of(JobStep, request.form.get("from_step", str(JobStep.train_test)), "a step")
    done = control.rerun(
        g.session,
        JobFilter(submission_id=submission_id),
        from_step=step,
        priority=priority_named(request.form.get("priority", "normal")),
        is_clean=bool(request.form.get("clean")),
        actor=g.user,
        now=g.now,
    )
    _tell(done, "The submission was deleted meanwhile.")


def _tell(done: list[ControlRow], nothing: str) -> None:
    """Flash what became of one row."""
    if not done:
        flash(nothing, "warning")
    for row in done:
        category = "warning" if row.is_skipped else "success"
        flash(f"{row.submission} of {row.team}: {row.outcome}.", category)
