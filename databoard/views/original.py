"""Addresses of the original server, each a redirect to the page that has its content today.

The page it leads to decides who may read it, so that no address says which names exist.
"""

from flask import Blueprint, g, redirect, url_for
from flask.typing import ResponseReturnValue

from databoard.queries import problems
from databoard.views.access import anyone

bp = Blueprint("original", __name__)


@bp.get("/description")
@bp.get("/teaching")
@anyone
def about() -> ResponseReturnValue:
    """Lead to what the server is and which events there are."""
    return redirect(url_for("home.landing"), 301)


@bp.get("/description/<event_name>")
@bp.get("/rules/<event_name>")
@anyone
def description(event_name: str) -> ResponseReturnValue:
    """Lead to the page of an event: its description, dates and rules."""
    return redirect(url_for("event.show", event_name=event_name), 301)


@bp.get("/teaching/<event_name>")
@anyone
def teaching(event_name: str) -> ResponseReturnValue:
    """Lead to the teaching materials of an event."""
    return redirect(url_for("event.show_teaching", event_name=event_name), 301)


@bp.get("/download_starting_kit/<event_name>")
@anyone
def starting_kit(event_name: str) -> ResponseReturnValue:
    """Lead to the starting kit of an event."""
    return redirect(url_for("event.starting_kit", event_name=event_name), 301)


@bp.get("/notebook/<event_name>")
@anyone
def notebook(event_name: str) -> ResponseReturnValue:
    """Lead to the notebook of an event's problem; the name may also be that of a problem, as in RAMP."""
    problem_name = problems.name_behind(g.session, name=event_name, user=g.user)
    return redirect(url_for("problem.notebook", problem_name=problem_name), 302)
