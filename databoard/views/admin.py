"""The state of the server: every check, maintenance, on which workers submissions run. For administrators."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from databoard import forms
from databoard.forms import page_position
from databoard.ops import site as site_state
from databoard.queries import checks, site, workers
from databoard.queries.checks import Site
from databoard.queries.paging import KeyPage
from databoard.services.queue import schedule
from databoard.services.queue import workers as queued_workers
from databoard.views.access import needs_admin
from databoard.views.downloads import csv_table, json_table
from databoard.views.errors import is_partial

bp = Blueprint("admin", __name__, url_prefix="/admin")
DRAINED = "is drained: it ends its job and takes no other until it is resumed"


@bp.get("")
@needs_admin
def overview() -> ResponseReturnValue:
    """Show how the server does; htmx asks for the part that changes."""
    view = site.view(Site(g.session, g.config, g.now))
    return render_template("admin/_overview.html" if is_partial() else "admin/overview.html", view=view)


@bp.get("/status.json")
@needs_admin
def checks_json() -> ResponseReturnValue:
    """Return every check as JSON."""
    return json_table(checks.records(checks.run(Site(g.session, g.config, g.now))))


@bp.get("/status.csv")
@needs_admin
def checks_csv() -> ResponseReturnValue:
    """Return every check as CSV."""
    return csv_table(checks.records(checks.run(Site(g.session, g.config, g.now))), "status.csv")


@bp.post("/maintenance")
@needs_admin
def set_maintenance() -> ResponseReturnValue:
    """Close the site for maintenance, change its message, or open it."""
    if forms.chosen(request, "answer", {"on": True, "off": False}):
        message = request.form.get("message", "")
        site_state.close(g.session, g.config.home, message, actor=g.user, now=g.now)
        flash("The site is closed. Visitors see the message; workers take no job.", "success")
    else:
        site_state.open_again(g.session, g.config.home, actor=g.user, now=g.now)
        flash("The site is open.", "success")
    return redirect(url_for("admin.overview"), 303)


@bp.get("/workers")
@needs_admin
def list_workers() -> ResponseReturnValue:
    """Show every worker of the last day; htmx asks for the table alone."""
    return render_template(
        "admin/_workers.html" if is_partial() else "admin/workers.html", page=worker_page()
    )


@bp.get("/workers/<worker_name>")
@needs_admin
def show_worker(worker_name: str) -> ResponseReturnValue:
    """Show one worker: what it does, what it uses; htmx asks for what changes."""
    row = workers.one(g.session, worker_name, now=g.now, lease_s=g.config.lease_s)
    return render_template("admin/_worker.html" if is_partial() else "admin/worker.html", row=row)


@bp.post("/workers/<worker_name>/drain")
@needs_admin
def drain_worker(worker_name: str) -> ResponseReturnValue:
    """Let a worker end its job and take no other."""
    return _set_draining(worker_name, is_draining=True)


@bp.post("/workers/<worker_name>/resume")
@needs_admin
def resume_worker(worker_name: str) -> ResponseReturnValue:
    """Let a drained worker take jobs again."""
    return _set_draining(worker_name, is_draining=False)


def _set_draining(name: str, *, is_draining: bool) -> ResponseReturnValue:
    facts = {"actor": g.user, "now": g.now, "lease_s": g.config.lease_s}
    queued_workers.set_draining(g.session, name, is_draining=is_draining, **facts)
    flash(f"{name} {DRAINED if is_draining else 'takes jobs again'}.", "success")
    return redirect(url_for("admin.show_worker", worker_name=name), 303)


def worker_page() -> KeyPage[workers.WorkerRow]:
    """Return the page of the workers that the address asks for."""
    return workers.listed(g.session, now=g.now, lease_s=g.config.lease_s, position=page_position(request))


@bp.post("/schedule/<entry_name>/run")
@needs_admin
def run_entry(entry_name: str) -> ResponseReturnValue:
    """Let an entry of the schedule be due: the next tick runs it, within a minute where cron ticks."""
    entry = schedule.run_soon(g.session, entry_name, actor=g.user, now=g.now)
    flash(f"{entry.name} is due now. The next tick runs it.", "success")
    return redirect(url_for("admin_tables.show", table_name="schedule"), 303)
