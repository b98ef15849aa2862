"""Errors as answers: a page for people, JSON for programs, both with the right status.

Routes hold no ``try``: a :class:`~databoard.errors.RuleError` that a service raises ends here, unless a
blueprint shows it in its own form (``account``, ``sandbox``).
"""

import logging

from flask import (
    Flask,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import BadHost, HTTPException

from databoard.errors import DiskFull, RuleError
from databoard.services.base import disk
from databoard.services.base.database import may_pass
from databoard.views import programs

logger = logging.getLogger("databoard.web")

TITLES = {
    400: "The request was refused",
    401: "Please log in",
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed",
    409: "Too late",
    413: "Too large",
    422: "Not understood",
    429: "Too fast",
    500: "The server made an error",
    503: "The server is busy",
    507: "No room left",
}
#: What programs read of an error: in the field ``error`` and in the header ``X-Error-Code``.
CODES = {
    400: "Refused",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    413: "TooLarge",
    422: "InvalidParameter",
    429: "TooManyRequests",
    500: "InternalError",
    503: "Unavailable",
    507: "QuotaExceeded",
}
BUSY = "The database does not answer just now."
BUSY_RETRY_S = 5
#: Fields that are never sent back to the browser.
SECRET_FIELDS = frozenset({"password", "repeated"})
MESSAGES = {
    404: "There is no page at this address. It may have moved, or the link is incomplete.",
    405: "This address does not take that kind of request.",
    413: "The request is larger than this server takes. Send a smaller file.",
}


def register(app: Flask) -> None:
    """Bind the handlers to the application."""
    app.register_error_handler(RuleError, show_rule_error)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(BadHost, show_bad_host)
    app.register_error_handler(OperationalError, show_busy)
    app.register_error_handler(TimeoutError, show_busy)  # no connection of the pool is free
    app.register_error_handler(Exception, show_defect)


def wants_json() -> bool:
    """Tell whether the request came from a program."""
    if programs.is_program():
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.path.endswith(".json") or best == "application/json"


def show_rule_error(error: RuleError) -> ResponseReturnValue:
    """Answer what a rule refused, in the words of the rule."""
    keep_if_recorded(error)
    return with_waiting_time(respond(error.status, str(error), error.code), error)


def with_waiting_time(answer: ResponseReturnValue, error: RuleError) -> Response:
    """Return `answer` with the header that tells programs when to try again, if time helps."""
    response = make_response(answer)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def keep_if_recorded(error: RuleError) -> None:
    """Let the end of the request commit what a refusal must leave behind, such as a counted failed login."""
    g.keeps_writes = g.get("keeps_writes", False) or error.is_recorded


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer what the web layer refused; a stranger at a page that needs a login is led to it."""
    if error.code is None or error.code < 400:
        return error.get_response()
    if error.code == 401 and request.method == "GET" and not wants_json() and not is_partial():
        flash("Log in to see this page.", "info")
        return redirect(url_for("account.login", next=request.full_path.rstrip("?")), 303)
    return respond(error.code, MESSAGES.get(error.code, error.description or error.name))


def show_bad_host(error: BadHost) -> ResponseReturnValue:
    """Answer a request to another host in plain text: under a name that is none no address can be written."""
    return Response(f"{error.description}\n", 400, mimetype="text/plain")


def show_defect(error: Exception) -> ResponseReturnValue:
    """Log a defect of the server under a number that the page shows too."""
    number = g.request_id
    logger.exception("error %s at %s %s", number, request.method, request.path, exc_info=error)
    message = f"The error is logged under number {number}. Nothing was saved in this step. Try again."
    return respond(500, message)


def show_busy(error: OperationalError | TimeoutError) -> ResponseReturnValue:
    """Answer 503 while the database is busy or away; what was typed comes back with a button that sends it again."""
    if isinstance(error, OperationalError) and not may_pass(error):
        return show_defect(error)
    if disk.is_full(error):
        logger.error("the disk of the database is full at %s %s", request.method, request.path)
        g.user = None
        return show_rule_error(DiskFull())
    reason = str(getattr(error, "orig", error)).partition("\n")[0]
    logger.error("the database does not answer at %s %s: %s", request.method, request.path, reason)
    g.user = None  # the page must not ask the database again
    if request.method in {"GET", "HEAD"}:
        answer = make_response(respond(503, f"{BUSY} Try again in {BUSY_RETRY_S} seconds."))
    elif is_partial() or wants_json() or not is_repeatable():
        advice = f"Go back: what you typed is still there. Send it again in {BUSY_RETRY_S} seconds."
        answer = make_response(respond(503, f"{BUSY} Nothing was saved. {advice}"))
    else:
        answer = make_response(render_template("busy.html", title=TITLES[503], message=BUSY), 503)
    answer.headers["Retry-After"] = str(BUSY_RETRY_S)
    return answer


def is_repeatable() -> bool:
    """Tell whether a page can hold all that the form did: it was read, and held neither password nor file."""
    if not g.get("is_form_read", False):
        return False
    has_files = any(file.filename for _, file in request.files.items(multi=True))
    return not has_files and not SECRET_FIELDS & set(request.form)


def is_partial() -> bool:
    """Tell whether htmx asked, which puts the answer into a part of a page."""
    return "HX-Request" in request.headers


def respond(status: int, message: str, code: str = "") -> ResponseReturnValue:
    """Return the error page; JSON when a program asked, one line when htmx did.

    `code` replaces the word of the status that programs read.
    """
    if wants_json():
        code = code or CODES.get(status, "Refused")
        return jsonify(error=code, message=message, status=status), status, {"X-Error-Code": code}
    if is_partial():
        return render_template("_error_line.html", message=message), status
    title = TITLES.get(status, "The request was refused")
    return render_template("error.html", title=title, status=status, message=message), status
