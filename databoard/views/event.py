"""An event: what it asks, its rules and dates, its starting kit, and joining it."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from databoard.queries import events, teaching
from databoard.queries.kit_files import zipped_starting_kit
from databoard.services.teams import sign_ups
from databoard.views.access import needs_event, needs_readable_event, needs_teaching
from databoard.views.downloads import download

bp = Blueprint("event", __name__, url_prefix="/events/<event_name>")


@bp.get("")
@needs_readable_event
def show(event_name: str) -> ResponseReturnValue:
    """Show the event."""
    page = events.page(g.session, viewer=g.event_access, store=g.store, now=g.now)
    return render_template("event/show.html", page=page)


@bp.get("/teaching")
@needs_teaching
def show_teaching(event_name: str) -> ResponseReturnValue:
    """Show the teaching materials of the event."""
    return render_template("event/teaching.html", page=teaching.page(g.event, g.store))


@bp.post("/sign_up")
@needs_event
def sign_up(event_name: str) -> ResponseReturnValue:
    """Join the event, or ask to."""
    team = sign_ups.sign_up(g.session, event=g.event, user=g.user, store=g.store, now=g.now)
    if team.is_approved:
        flash(f"You have joined {g.event.title}. Your sandbox holds the starting kit.", "success")
        return redirect(url_for("sandbox.edit", event_name=event_name), 303)
    flash(f"You have asked to join {g.event.title}. An organiser will answer.", "info")
    return redirect(url_for("event.show", event_name=event_name), 303)


@bp.get("/starting_kit")
@needs_event
def starting_kit(event_name: str) -> ResponseReturnValue:
    """Download the starting kit."""
    content = zipped_starting_kit(g.event, g.store)
    return download(content, f"{g.event.problem.name}_starting_kit.zip", "application/zip")
