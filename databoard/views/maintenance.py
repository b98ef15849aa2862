"""The answer of a site that is closed for maintenance; it asks neither the database nor who the visitor is.

Called by ``app`` first in each request. Administrators keep their pages, and what looks after the server its checks.
"""

import logging

from flask import Response, current_app, g, jsonify, make_response, render_template, request
from jinja2 import TemplateError

from databoard.services.base import maintenance
from databoard.services.base.maintenance import Maintenance
from databoard.views.errors import is_partial, wants_json

#: What stays open, with all below it.
OPEN = ("/login", "/admin", "/healthcheck", "/metrics", "/static")
CLOSED = "This site is closed for maintenance."
logger = logging.getLogger("databoard.web")


def refusal() -> Response | None:
    """Return the answer to this request while the site is closed; None when the request goes on."""
    if is_open(request.path):
        return None
    found = maintenance.state(g.config.home)
    return None if found is None else respond(found)


def is_open(path: str) -> bool:
    """Return whether a path is answered also while the site is closed."""
    return any(path == each or path.startswith(f"{each}/") for each in OPEN)


def respond(found: Maintenance) -> Response:
    """Return the page, JSON for programs, one line for htmx: 503, with when to ask again."""
    message = found.message or CLOSED
    if wants_json():
        answer = make_response(jsonify(error="Maintenance", message=message, status=503), 503)
    elif is_partial():
        answer = make_response(render_template("_error_line.html", message=message), 503)
    else:
        answer = make_response(page(message, found), 503)
    answer.headers["Retry-After"] = str(maintenance.RETRY_AFTER_S)
    answer.headers["X-Error-Code"] = "Maintenance"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def page(message: str, found: Maintenance) -> str:
    """Return the page of the operator, ours when there is none or it is broken."""
    facts = {"message": message, "since": found.since}
    own = maintenance.own_page(g.config.home)
    if own is not None:
        try:
            return current_app.jinja_env.from_string(own).render(facts)
        except TemplateError as error:
            logger.error("%s in DATABOARD_HOME is not used: %s", maintenance.OWN_PAGE, error)
    return render_template("maintenance.html", **facts)
