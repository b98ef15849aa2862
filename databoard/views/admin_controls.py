"""Cancel many jobs, or run many submissions again: first the rows that a filter meets, then their change."""

from dataclasses import replace

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from databoard.forms import listed_ids, one_of
from databoard.queries import job_controls
from databoard.queries.job_controls import MAX_AT_ONCE, PRIORITY_NAMES
from databoard.services.submissions import control
from databoard.services.submissions.selection import priority_named
from databoard.states import JobStep
from databoard.views.access import needs_organiser

bp = Blueprint("admin_controls", __name__, url_prefix="/admin")
#: Fields of the forms that are no filters.
OTHER_FIELDS = frozenset({"csrf_token", "ids", "requeue", "from_step", "priority", "clean"})


@bp.get("/jobs/cancel")
@needs_organiser
def ask_to_cancel() -> ResponseReturnValue:
    """Show which jobs would be cancelled."""
    chosen = _words(request.args)
    preview = job_controls.cancellable(g.session, chosen, viewer=g.user, now=g.now)
    facts = {"preview": preview, "chosen": chosen, "most": MAX_AT_ONCE}
    return render_template("admin/cancel_jobs.html", **facts)


@bp.post("/jobs/cancel")
@needs_organiser
def cancel() -> ResponseReturnValue:
    """Cancel the jobs that were shown, as far as they still wait or run and fit the filter."""
    filters = job_controls.filter_of_jobs(_words(request.form), viewer=g.user, now=g.now)
    shown = replace(filters, job_ids=listed_ids(request, "ids", most=MAX_AT_ONCE))
    is_requeued = bool(request.form.get("requeue"))
    done = control.cancel(g.session, shown, actor=g.user, now=g.now, is_requeued=is_requeued)
    flash(f"{len(done)} jobs cancelled{' and queued again' if is_requeued else ''}.", "success")
    return redirect(url_for("admin_tables.show", table_name="jobs"), 303)


@bp.get("/submissions/rerun")
@needs_organiser
def ask_to_rerun() -> ResponseReturnValue:
    """Show which submissions would run again."""
    chosen = _words(request.args)
    step = one_of(JobStep, request.args.get("from_step", str(JobStep.train_test)), "a step")
    preview = job_controls.rerunnable(g.session, chosen, from_step=step, viewer=g.user)
    facts = {"preview": preview, "chosen": chosen, "most": MAX_AT_ONCE, "step": step}
    choices = {"steps": list(JobStep), "priorities": PRIORITY_NAMES}
    return render_template("admin/rerun_submissions.html", **facts, **choices)


@bp.post("/submissions/rerun")
@needs_organiser
def rerun() -> ResponseReturnValue:
    """Run the submissions again that were shown, as far as they still fit the filter."""
    filters = job_controls.filter_of_submissions(_words(request.form), viewer=g.user)
    shown = replace(filters, submission_ids=listed_ids(request, "ids", most=MAX_AT_ONCE))
    step = one_of(JobStep, request.form.get("from_step", ""), "a step")
    rank, is_clean = priority_named(request.form.get("priority", "normal")), bool(request.form.get("clean"))
    done = control.rerun(
        g.session, shown, from_step=step, priority=rank, is_clean=is_clean, actor=g.user, now=g.now
    )
    n_skipped = sum(row.is_skipped for row in done)
    flash(f"{len(done) - n_skipped} submissions queued from {step}, {n_skipped} skipped.", "success")
    return redirect(url_for("admin_tables.show", table_name="submissions"), 303)


def _words(given: MultiDict[str, str]) -> dict[str, str]:
    """Return what chooses rows; an empty field chooses nothing."""
    return {name: text.strip() for name, text in given.items() if text.strip() and name not in OTHER_FIELDS}
