"""The state of the server: whether it runs submissions, at which jail level, on which workers. For administrators."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from databoard.forms import page_position
from databoard.queries import overview as overview_queries
from databoard.queries import workers
from databoard.queries.paging import KeyPage
from databoard.services.queue import schedule
from databoard.views.access import needs_admin
from databoard.views.errors import is_partial

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("")
@needs_admin
def overview() -> ResponseReturnValue:
    """Show how the server does; htmx asks for the part that changes."""
    view = overview_queries.overview(g.session, jail=g.config.jail, now=g.now, lease_s=g.config.lease_s)
    return render_template("admin/_overview.html" if is_partial() else "admin/overview.html", view=view)


@bp.get("/workers")
@needs_admin
def list_workers() -> ResponseReturnValue:
    """Show every worker of the last day; htmx asks for the table alone."""
    return render_template(
        "admin/_workers.html" if is_partial() else "admin/workers.html", page=worker_page()
    )


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
