"""Change an event or an account by hand: the pages of one of each below ``/admin``."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from databoard import forms
from databoard.errors import Forbidden, RuleError
from databoard.queries import changeable
from databoard.services.base.setters import Change
from databoard.services.events.changing import change_event
from databoard.services.submissions.banning import set_user as change_user
from databoard.views import errors
from databoard.views.admin_access import needs_account, needs_event_admin

bp = Blueprint("admin_settings", __name__, url_prefix="/admin")


@bp.get("/events/<event_name>")
@needs_event_admin
def event(event_name: str) -> ResponseReturnValue:
    """Show what may be changed of an event."""
    return event_page()


@bp.post("/events/<event_name>")
@needs_event_admin
def set_event(event_name: str) -> ResponseReturnValue:
    """Change the event: only the fields that differ from those of the page."""
    changes = change_event(g.session, g.event, forms.changed_fields(request), actor=g.user, now=g.now)
    tell(changes)
    return redirect(url_for("admin_settings.event", event_name=event_name), 303)


@bp.get("/users/<login>")
@needs_account
def user(login: str) -> ResponseReturnValue:
    """Show an account: facts, level, ban, what it does."""
    return user_page()


@bp.post("/users/<login>")
@needs_account
def set_user(login: str) -> ResponseReturnValue:
    """Change the account: only the fields that differ from those of the page."""
    given = forms.changed_fields(request)
    changes, cancelled = change_user(g.session, g.account, given, actor=g.user, now=g.now)
    tell(changes, f" Cancelled submissions: {len(cancelled)}." if cancelled else "")
    return redirect(url_for("admin_settings.user", login=login), 303)


@bp.errorhandler(RuleError)
def show_refusal(error: RuleError) -> ResponseReturnValue:
    """Show the page again with the reason and what was typed; a program gets the error alone."""
    pages = {"admin_settings.set_event": event_page, "admin_settings.set_user": user_page}
    is_loaded = g.get("account") is not None or g.get("event_access") is not None
    if request.endpoint not in pages or not is_loaded or isinstance(error, Forbidden) or errors.wants_json():
        return errors.show_rule_error(error)
    g.session.rollback()
    return pages[request.endpoint](refusal=str(error), typed=request.form), error.status


def event_page(refusal: str = "", typed: Mapping[str, str] | None = None) -> str:
    """Render the page of the event; what was typed wins over what is."""
    view = changeable.of_event(g.session, viewer=g.event_access)
    return render_template("admin/event.html", event=g.event, view=view, refusal=refusal, typed=typed or {})


def user_page(refusal: str = "", typed: Mapping[str, str] | None = None) -> str:
    """Render the page of the account; what was typed wins over what is."""
    view = changeable.of_user(g.session, user=g.account)
    return render_template("admin/user.html", view=view, refusal=refusal, typed=typed or {})


def tell(changes: Sequence[Change], more: str = "") -> None:
    """Say on the next page what was changed."""
    text = ", ".join(map(str, changes))
    flash(f"Changed {text}.{more}" if text else "Nothing had changed.", "success" if text else "info")
