"""Who the visitor is: the bridge between Flask-Login and ``services.people.accounts``."""

from typing import TYPE_CHECKING

from flask import g
from flask_login import UserMixin, current_user

from databoard.services.people import accounts

if TYPE_CHECKING:
    from databoard.models import User


class Visitor(UserMixin):
    """A logged-in user as Flask-Login wants one, and whether there is anything for them to approve.

    The cookie holds the user's number and session key, so that a new key (a changed password, a blocked
    account) ends every open session.
    """

    def __init__(self, user: "User", *, is_organiser: bool = False) -> None:
        self.user, self.is_organiser = user, is_organiser

    def get_id(self) -> str:
        """Return what the cookie remembers."""
        return f"{self.user.id}:{self.user.session_key}"


def recognise() -> Visitor | None:
    """Return the visitor that the cookies of the request name, as Flask-Login finds it; ``None`` for a stranger."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def load_visitor(cookie_id: str) -> Visitor | None:
    """Return the visitor of a cookie's content, read from the database; ``None`` when it no longer holds."""
    user_id, _, session_key = cookie_id.partition(":")
    found = accounts.user_with_role(g.session, int(user_id)) if user_id.isdecimal() else None
    if found is None:
        return None
    user, is_organiser = found
    is_current = user.is_approved and user.session_key == session_key
    return Visitor(user, is_organiser=is_organiser) if is_current else None
