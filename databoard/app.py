"""Put the web application together: extensions, one session per request, headers, error pages, blueprints.

``create_app(config)`` is called by gunicorn (through ``fab serve``), by ``manage.py`` and by the tests. It
imports no table and knows no rule; every page is in ``views/``, every rule in ``services/``.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g, has_request_context, request
from flask import session as cookie
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import event
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session
from werkzeug.middleware.proxy_fix import ProxyFix

from databoard import views
from databoard.clock import utc_now
from databoard.logs import ACCESS
from databoard.logs.marks import mark
from databoard.services.base.connections import WEB_CONNECT_S
from databoard.services.base.database import begin_writing, engine_options, metadata, prepare_engine
from databoard.services.base.files import FileStore
from databoard.views import (
    access,
    admin_tables,
    counting,
    errors,
    filters,
    identity,
    inputs,
    limits,
    maintenance,
)
from databoard.views.board_pages import KeptPages
from databoard.views.headers import CommonHeaders

if TYPE_CHECKING:
    from config import Config

db = SQLAlchemy(metadata=metadata, disable_autonaming=True, session_options={"expire_on_commit": False})
migrate = Migrate(directory="migrations")
login_manager = LoginManager()
csrf = CSRFProtect()

access_log = logging.getLogger(ACCESS)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Passwords take long on purpose; on SQLite a whole class would queue behind the write lock.
LOCK_LATE = frozenset({"account.log_in", "account.ask_for_account"})


class WriteOnGet(RuntimeError):
    """A page that only reads tried to write: a defect of the server, never of the visitor."""


def create_app(config: "Config", *, clock: Callable[[], datetime] = utc_now) -> Flask:
    """Return the web application.

    Parameters
    ----------
    config : config.Config
        Checked settings; see ``config.py``.
    clock : callable
        Returns the current time, aware, in UTC; tests pass a fake one.
    """
    app = Flask("databoard", static_folder=None)
    app.config.update(flask_settings(config))
    app.json = provider = DefaultJSONProvider(app)
    provider.sort_keys = False  # a table's JSON keeps the order of its columns
    app.extensions["databoard"] = request_facts(config, clock)
    logging.getLogger("databoard").setLevel(config.log_level)
    wrapped: Any = CommonHeaders(app.wsgi_app, is_production=config.is_production)
    if config.n_proxies:
        wrapped = ProxyFix(wrapped, x_for=config.n_proxies, x_proto=config.n_proxies)
    app.wsgi_app = wrapped  # type: ignore[method-assign]  # as Flask documents it
    add_request_cycle(app)  # before the extensions, so that their refusals find a session too
    add_extensions(app, config)
    filters.register(app)
    errors.register(app)
    for blueprint in views.blueprints():
        app.register_blueprint(blueprint)
    return app


def request_facts(config: "Config", clock: Callable[[], datetime]) -> dict[str, Any]:
    """Return what each request needs of its site: settings, clock and store."""
    return {
        "config": config,
        "clock": clock,
        "store": FileStore(
            config.home,
            config.problems,
            min_free_bytes=config.min_free_bytes,
            user_quota_bytes=config.user_quota_bytes,
        ),
        "boards": KeptPages(),
    }


def flask_settings(config: "Config") -> dict[str, Any]:
    """Return the settings of Flask and its extensions that follow from those of databoard."""
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.db_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.db_url, connect_s=WEB_CONNECT_S),
        "MAX_CONTENT_LENGTH": config.max_upload_bytes,
        "MAX_FORM_MEMORY_SIZE": limits.MAX_TEXT_BYTES,  # a code file is a form field
        "MAX_FORM_PARTS": limits.MAX_PARTS,
        "SESSION_COOKIE_NAME": "databoard",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.is_production,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": config.is_production,
        "REMEMBER_COOKIE_DURATION": timedelta(days=30),
        "WTF_CSRF_ENABLED": config.is_csrf_checked,
        "WTF_CSRF_CHECK_DEFAULT": False,  # begin_request checks, before it takes a lock
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session: code is edited for hours
    }


def add_extensions(app: Flask, config: "Config") -> None:
    """Bind database, migrations, login and CSRF protection to the application."""
    config.home.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    app.teardown_appcontext(undo_what_is_left)  # runs before the session of the extension is closed
    with app.app_context():
        prepare_engine(db.engine, is_perf=config.is_db_perf)
    migrate.init_app(app, db)
    csrf.init_app(app)
    login_manager.init_app(
        app, add_context_processor=False
    )  # templates ask g.user; an error page asks nobody
    login_manager.user_loader(identity.load_viewer)


def add_request_cycle(app: Flask) -> None:
    """Give each request a clock, a session and a visitor; afterwards commit or roll back, and log it."""
    app.before_request(name_request)
    app.before_request(begin_request)
    app.after_request(log_access)  # runs last, when the answer is whole
    app.after_request(end_request)  # runs before the one above
    app.context_processor(
        lambda: {
            "is_organiser": access.is_organiser,
            "may_see_private_board": access.may_see_private_board,
            "admin_tabs": admin_tables.tabs,
        }
    )


def name_request() -> None:
    """Give the request the number that its answer, its log lines and its error page show."""
    g.started_s, g.request_id = time.perf_counter(), token_hex(4)
    mark(f"request {g.request_id}")


def log_access(response: Response) -> Response:
    """Log who asked for what, the status, the size and the time; never a query, a form or a header."""
    response.headers["X-Request-Id"] = g.request_id
    duration_s = time.perf_counter() - g.started_s
    counting.count(response, duration_s)
    if access_log.isEnabledFor(logging.INFO):
        user = "-" if g.get("user") is None else g.user_id
        facts = (
            request.method,
            request.path,
            response.status_code,
            response.content_length or 0,
            1000 * duration_s,
        )
        access_log.info("user %s %s %s %s %s B %.0f ms", user, *facts)
    return response


def begin_request() -> ResponseReturnValue | None:
    """Set ``g.now``, ``g.session``, ``g.store``, ``g.visitor`` and ``g.user`` (both ``None`` for a stranger).

    Return the answer of a site that is closed, before the database is asked.
    """
    ours = current_app.extensions["databoard"]
    g.config, g.now, g.store = ours["config"], ours["clock"](), ours["store"]
    g.session = db.session
    set_visitor(None)
    inputs.refuse_other_hosts(g.config.web_hosts())
    inputs.refuse_unusable_address()
    if request.endpoint in {"assets.file", *inputs.SIGNS_OF_LIFE}:
        return None
    if (closed := maintenance.refusal()) is not None:
        return closed
    db.session.connection()  # every page says that the database is away, not only those that ask it
    set_visitor(identity.recognise())
    if request.method in SAFE_METHODS or request.endpoint is None:
        return None
    visitor_id = None if g.visitor is None else g.visitor.get_id()
    take_body()
    if request.endpoint not in LOCK_LATE:
        begin_writing(db.session())
    g.now = ours["clock"]()  # when all had come and it was this request's turn
    identity.require_token_again()
    set_visitor(None if visitor_id is None else identity.load_user(visitor_id))
    return None


def set_visitor(visitor: identity.Visitor | None) -> None:
    """Set ``g.visitor``, ``g.user`` and ``g.user_id``, ``None`` for a stranger.

    The number stays readable after a transaction was undone, when a row would ask the database again.
    """
    g.visitor, g.user = visitor, None if visitor is None else visitor.user
    g.user_id = None if g.user is None else g.user.id


def take_body() -> None:
    """Read the form and check its token, holding neither lock nor connection: a body may take minutes."""
    is_known = g.user is not None
    db.session.rollback()  # who asks is read again when the body is there
    limits.limit_body(is_known=is_known, max_upload_bytes=g.config.max_upload_bytes)
    inputs.read_form()
    # No page of another site makes a browser send a token, as it does with a cookie.
    if g.config.is_csrf_checked and not g.get("is_token_used", False):
        csrf.protect()
    g.is_form_read = True


def end_request(response: Response) -> Response:
    """Commit what a successful POST did; anything else leaves no trace.

    A route sets ``g.keeps_writes`` when what it did so far must stay although the rest was refused.
    """
    if request.method in SAFE_METHODS:
        return response  # there is nothing to undo, and the session is closed with the request
    is_kept = response.status_code < 400 or (response.status_code < 500 and g.get("keeps_writes", False))
    if not is_kept:
        with suppress(
            OperationalError
        ):  # a connection that was lost leaves no trace either; the answer is there
            db.session.rollback()
        return response
    try:
        db.session.commit()
    except SQLAlchemyError as error:
        return undo(error)
    return response


def undo_what_is_left(error: BaseException | None) -> None:
    """End the transaction of a request, if it began one; when its connection was lost, the answer is there."""
    if db.session.registry.has():
        with suppress(OperationalError):
            db.session.rollback()


def undo(error: SQLAlchemyError) -> Response:
    """Return the error page of a commit that failed; the visitor's cookie keeps nothing of what was to be done."""
    db.session.rollback()
    cookie.pop("_flashes", None)
    response = current_app.make_response(current_app.handle_user_exception(error))
    cookie.modified = False
    return response


def is_reading() -> bool:
    """Tell whether this is a request that must not write."""
    return has_request_context() and request.method in SAFE_METHODS


@event.listens_for(db.session, "before_flush")
def refuse_flush_on_get(session: Session, context: object, instances: object) -> None:
    """Raise when a request that only reads changes a row."""
    if is_reading() and (session.new or session.dirty or session.deleted):
        raise WriteOnGet(f"GET {request.path} tried to write. A route that writes takes POST.")


@event.listens_for(db.session, "do_orm_execute")
def refuse_statement_on_get(state: ORMExecuteState) -> None:
    """Raise when a request that only reads sends an INSERT, UPDATE or DELETE."""
    if is_reading() and (state.is_insert or state.is_update or state.is_delete):
        raise WriteOnGet(f"GET {request.path} tried to write. A route that writes takes POST.")
