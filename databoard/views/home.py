"""The landing page, the health check, and the page that shows every element (``/patterns``)."""

from flask import Blueprint, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from databoard import __version__
from databoard.forms import SignUpForm, page_number
from databoard.queries import events, health
from databoard.views import samples
from databoard.views.access import anyone
from databoard.views.errors import BUSY_RETRY_S

bp = Blueprint("home", __name__)


@bp.get("/")
@anyone
def landing() -> ResponseReturnValue:
    """Show what this server is and its events."""
    cards = events.cards(g.session, user=g.user, now=g.now, page=page_number(request))
    return render_template("home/landing.html", cards=cards)


@bp.get("/healthcheck")
@anyone
def healthcheck() -> ResponseReturnValue:
    """Tell whether the web process answers and reaches its database."""
    if not health.is_database_answering(g.session):
        answer = jsonify(status="the database does not answer", version=__version__, release=health.release())
        return answer, 503, {"Retry-After": str(BUSY_RETRY_S)}
    return jsonify(status="ok", version=__version__, release=health.release())


@bp.get("/patterns")
@anyone
def patterns() -> ResponseReturnValue:
    """Show every macro and state of the pages, for those who change them."""
    form = SignUpForm(formdata=None)
    form.name.errors = ["Expected 2 to 20 characters."]
    return render_template("home/patterns.html", form=form, **samples.everything(g.now))
