"""The landing page, the health check, and the page that shows every element (``/patterns``)."""

from flask import Blueprint, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from databoard import __version__
from databoard.forms import SignUpForm, page_position
from databoard.queries import checks, events, release
from databoard.views import samples
from databoard.views.access import anyone
from databoard.views.errors import BUSY_RETRY_S

bp = Blueprint("home", __name__)


@bp.get("/")
@anyone
def landing() -> ResponseReturnValue:
    """Show what this server is and its events."""
    cards = events.cards(g.session, user=g.user, now=g.now, position=page_position(request))
    return render_template("home/landing.html", cards=cards)


@bp.get("/healthcheck")
@anyone
def healthcheck() -> ResponseReturnValue:
    """Tell that the web process answers; nothing is asked for it."""
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


@bp.get("/healthcheck/ready")
@anyone
def ready() -> ResponseReturnValue:
    """Tell whether the site can serve: database, revision, disk; 503 when not. Holds no secret."""
    found = checks.run(checks.Site(g.session, g.config, g.now))
    status = 200 if checks.is_ready(found) else 503
    facts = {"status": "ok" if status == 200 else "fail", "version": __version__, "release": release.name()}
    headers = {"Cache-Control": "no-store", **({"Retry-After": str(BUSY_RETRY_S)} if status == 503 else {})}
    return jsonify(**facts, checks=checks.public_records(found)), status, headers


@bp.get("/patterns")
@anyone
def patterns() -> ResponseReturnValue:
    """Show every macro and state of the pages, for those who change them."""
    form = SignUpForm(formdata=None)
    form.name.errors = ["Expected 2 to 20 characters."]
    return render_template("home/patterns.html", form=form, **samples.everything(g.now))
