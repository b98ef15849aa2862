"""Change an account by hand: its level, a ban, its address, its password.

Called by `services.submissions.banning`, which also cancels what a banned account has waiting.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.errors import Conflict
from databoard.models import User
from databoard.services.base import audit, setters
from databoard.services.base.database import take_turn
from databoard.services.base.setters import Change
from databoard.services.people import accounts
from databoard.services.people.fields import FIELDS
from databoard.states import AccessLevel

#: Any number that no other turn has: two administrators must not demote each other at the same moment.
_TURN = 7_241_117


def change_user(
    session: Session, user: User, given: Mapping[str, str], *, actor: User | None, now: datetime
) -> list[Change]:
    """Change columns of `user` by name and text; return what differs from before.

    Raises
    ------
    RuleError
        If a field cannot be changed or a text is no value of it.
    Conflict
        If nobody would run the site any more, or another account has the address.
    """
    take_turn(session, _TURN)
    session.refresh(user, with_for_update=True)
    if "quota" in given:
        given = {**given, "quota": setters.times(given["quota"], user.quota)}
    values = setters.values_of(given, FIELDS)
    password = values.pop("password", None)
    if values.get("email", user.email) != user.email:
        _require_free_email(session, user, values["email"])
    was_banned, was_running = user.is_banned, user.is_admin and not user.is_banned
    changes = setters.apply(user, values)
    if was_running and (user.is_banned or not user.is_admin):
        _require_another_admin(session, user)
    if password is not None:
        accounts.set_password(session, user=user, password=password, now=now)
        changes.append(Change("password", "***", "***"))
    if not changes:
        return []
    if was_banned and not user.is_banned:
        accounts.end_sessions(session, user=user, now=now)  # a cookie from before the ban holds no longer
    user.updated_at = now
    session.flush()
    audit.record_on(session, user, "set_user", actor=actor, now=now, **setters.detail_of(changes))
    return changes


def _require_free_email(session: Session, user: User, email: str) -> None:
    if session.scalar(select(User.id).where(User.email == email, User.id != user.id)) is not None:
        raise Conflict(f"Another account has the e-mail address {email}.")


def _require_another_admin(session: Session, user: User) -> None:
    is_running = (User.access_level == AccessLevel.admin, ~User.is_banned, User.id != user.id)
    with session.no_autoflush:
        n_others = session.scalar(select(func.count(User.id)).where(*is_running))
    if not n_others:
        raise Conflict(
            f"{user.name} is the last administrator. Make another one first: fab set_user:<login>,access_level=admin"
        )
