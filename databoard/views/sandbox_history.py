"""Earlier versions of a team's sandbox files: the list, one of them beside what is there now, back to it."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from databoard.forms import page_position
from databoard.queries import sandbox_history as sandbox_history_queries
from databoard.services.teams import sandbox_history
from databoard.views.access import needs_team
from databoard.views.filters import utc
from databoard.views.sandbox import retention

bp = Blueprint("sandbox_history", __name__, url_prefix="/events/<event_name>/sandbox/history")
VERSION = "/<int(max=2147483647):version_id>"


@bp.get("")
@needs_team
def index(event_name: str) -> ResponseReturnValue:
    """List the versions of the team's files."""
    position = page_position(request)
    page = sandbox_history_queries.listed(g.session, event_team=g.event_team, position=position)
    return render_template("sandbox/history.html", page=page, kept=retention())


@bp.get(VERSION)
@needs_team
def show(event_name: str, version_id: int) -> ResponseReturnValue:
    """Show one version, and how it differs from what the file holds now."""
    view = sandbox_history_queries.view(
        g.session, event_team=g.event_team, version_id=version_id, store=g.store
    )
    return render_template("sandbox/version.html", view=view)


@bp.post(f"{VERSION}/restore")
@needs_team
def restore(event_name: str, version_id: int) -> ResponseReturnValue:
    """Let the file hold that version again."""
    version = sandbox_history.restore(
        g.session,
        event_team=g.event_team,
        version_id=version_id,
        shown=request.form.get("shown", ""),
        user=g.user,
        store=g.store,
        now=g.now,
        retention=retention(),
    )
    flash(f"{version.workflow_element.file_name} is again as saved at {utc(version.saved_at)}.", "success")
    return redirect(url_for("sandbox.edit", event_name=event_name), 303)
