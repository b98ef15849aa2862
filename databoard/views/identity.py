"""Who the visitor is: the bridge between Flask-Login and ``services.people.accounts``."""

from typing import TYPE_CHECKING

from flask import g
from flask_login import UserMixin

from databoard.services.people import accounts

if TYPE_CHECKING:
    from databoard.models import User


class Visitor(UserMixin):
    """A logged-in user as Flask-Login wants one.

    The cookie holds the user's number and session key, so that a new key (a changed password, a blocked
    account) ends every open session.
    """

    def __init__(self, user: "User") -> None:
        self.user = user

    def get_id(self) -> str:
        """Return what the cookie remembers."""
        return f"{self.user.id}:{self.user.session_key}"


def load_visitor(cookie_id: str) -> Visitor | None:
    """Return the visitor that a cookie remembers; ``None`` when it no longer holds."""
    user = user_of(cookie_id)
    return None if user is None else Visitor(user)


def user_of(cookie_id: str | None) -> "User | None":
    """Return the user of a cookie's content; ``None`` for a stranger, or when it no longer holds."""
    user_id, _, session_key = (cookie_id or "").partition(":")
    user = accounts.user_by_id(g.session, int(user_id)) if user_id.isdecimal() else None
    is_current = user is not None and user.is_approved and user.session_key == session_key
    return user if is_current else None
