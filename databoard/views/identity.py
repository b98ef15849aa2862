"""Who the visitor is: the bridge between Flask-Login and ``services.people``."""

from typing import TYPE_CHECKING

from flask import g, request, session
from flask_login import COOKIE_NAME, UserMixin, current_user
from werkzeug.exceptions import Unauthorized

from databoard.errors import Forbidden
from databoard.services.people import accounts, tokens, viewers
from databoard.views import programs
from databoard.views.access import is_for_board

if TYPE_CHECKING:
    from databoard.models import User


class Visitor(UserMixin):
    """A logged-in user as Flask-Login wants one, and whether there is anything for them to approve.

    The cookie holds the user's number and session key, so that a new key (a changed password, a blocked
    account) ends every open session. `board_view` comes with requests for a leaderboard only.
    """

    def __init__(
        self,
        user: "User | viewers.Viewer",
        *,
        is_organiser: bool = False,
        board_view: viewers.BoardView | None = None,
    ) -> None:
        self.user, self.is_organiser, self.board_view = user, is_organiser, board_view

    def get_id(self) -> str:
        """Return what the cookie remembers."""
        return f"{self.user.id}:{self.user.session_key}"


def recognise() -> Visitor | None:
    """Return the visitor that the cookies of the request name; ``None`` for a stranger.

    Flask-Login is asked only when a browser came back with nothing but the cookie that remembers it.

    Raises
    ------
    Forbidden
        If the account is banned: this click says so, and its session is over.
    """
    try:
        if programs.bearer() is not None and not programs.has_metrics_token():
            return _of_token()
        return _recognised()
    except Forbidden:
        if programs.bearer() is not None:
            raise
        session.clear()
        session["_remember"] = "clear"  # as Flask-Login forgets a device
        raise


def _recognised() -> Visitor | None:
    cookie_id = session.get("_user_id")
    visitor = None if cookie_id is None else load_viewer(cookie_id)
    if visitor is None and COOKIE_NAME in request.cookies:
        session.pop("_user_id", None)  # it is not read once more
        return current_user._get_current_object() if current_user.is_authenticated else None
    return visitor


def _of_token() -> Visitor | None:
    """Return whose token the request shows; its cookies are not looked at.

    Raises
    ------
    Unauthorized
        If the token is none, has expired or was deleted, or its account is closed.
    """
    found = tokens.find(g.session, programs.bearer() or "", now=g.now)
    seen = None if found is None else viewers.read(g.session, user_id=found.user_id)
    if found is None or seen is None or not seen.viewer.is_approved or seen.viewer.is_banned:
        raise Unauthorized("The token is unknown, has expired or was deleted.")
    programs.require_scope(found.scopes)
    if not g.get("is_token_used", False):
        g.session.rollback()  # only the token was read so far
        tokens.note_use(g.session, found, now=g.now)
    g.is_token_used = True
    return Visitor(seen.viewer, is_organiser=seen.is_organiser)


def require_token_again() -> None:
    """Refuse a request that writes when its token was deleted while its form came."""
    if g.get("is_token_used", False):
        _of_token()


def load_viewer(cookie_id: str) -> Visitor | None:
    """Return the visitor of a cookie's content, for a request that reads; ``None`` when it no longer holds."""
    user_id, _, session_key = cookie_id.partition(":")
    if not user_id.isdecimal():
        return None
    if is_for_board():
        event_name = (request.view_args or {})["event_name"]
        seen = viewers.read_at_event(g.session, user_id=int(user_id), event_name=event_name)
    else:
        seen = viewers.read(g.session, user_id=int(user_id))
    if seen is None or not seen.viewer.is_approved or seen.viewer.session_key != session_key:
        return None
    require_not_banned(seen.viewer)
    return Visitor(seen.viewer, is_organiser=seen.is_organiser, board_view=seen.board_view)


def load_user(cookie_id: str) -> Visitor | None:
    """Return the same with the row of the user, for a request that writes."""
    user_id, _, session_key = cookie_id.partition(":")
    found = accounts.user_with_role(g.session, int(user_id)) if user_id.isdecimal() else None
    if found is None or not found[0].is_approved or found[0].session_key != session_key:
        return None
    require_not_banned(found[0])
    return Visitor(found[0], is_organiser=found[1])


def require_not_banned(user: "User | viewers.Viewer") -> None:
    """Refuse who holds the cookie of a banned account."""
    if user.is_banned:
        raise Forbidden(accounts.BANNED)
