"""Slow down guessing: count log-ins and sign-ups per name and address before any password is hashed.

The web commits the count at once, so that guesses sent at the same time see each other; a log-in that succeeds
takes its own count back (:func:`forgive`).
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from ..errors import TooManyRequests
from ..models import LoginFailure
from .database import take_turn

LOGIN_WINDOW = timedelta(minutes=15)
MAX_PER_LOGIN_AND_ADDRESS = 5
MAX_PER_LOGIN = 50  # from everywhere: a name is not locked by five guesses of a stranger
MAX_PER_ADDRESS = 500  # a class may share one
SIGN_UP_WINDOW = timedelta(hours=1)
MAX_SIGN_UPS_PER_ADDRESS = 100
KEPT_FOR = timedelta(days=1)
#: Any number that no other turn has.
THROTTLING_TURN = 7_241_115


def count_login(session: Session, *, login: str, address: str, now: datetime) -> None:
    """Count a log-in as failed until it succeeds; to be committed before the password is looked at.

    Raises
    ------
    TooManyRequests
        After 5 failures for a login from an address, 50 for a login, or 500 from an address, in 15 minutes.
    """
    limits = dict(zip(_login_keys(login, address), _LOGIN_LIMITS, strict=True))
    _count(session, limits, LOGIN_WINDOW, now, "Too many failed logins. Wait 15 minutes, then try again.")


def count_sign_up(session: Session, *, address: str, now: datetime) -> None:
    """Count a request for an account; to be committed before the password is hashed.

    Raises
    ------
    TooManyRequests
        After 100 requests from an address in an hour.
    """
    limits = {_key("sign_up", address): MAX_SIGN_UPS_PER_ADDRESS}
    _count(session, limits, SIGN_UP_WINDOW, now, "Too many sign-ups from here. Wait an hour, then try again.")


def forgive(session: Session, *, login: str, address: str, now: datetime) -> None:
    """Take back what :func:`count_login` wrote at `now`, and the failures of this login from this address."""
    pair, *others = _login_keys(login, address)
    own = and_(LoginFailure.key.in_(others), LoginFailure.failed_at == now)
    session.execute(delete(LoginFailure).where(or_(LoginFailure.key == pair, own)))


_LOGIN_LIMITS = (MAX_PER_LOGIN_AND_ADDRESS, MAX_PER_LOGIN, MAX_PER_ADDRESS)


def _login_keys(login: str, address: str) -> tuple[str, str, str]:
    name = login.strip().lower()
    return _key("login and address", name, address), _key("login", name), _key("address", address)


def _count(session: Session, limits: dict[str, int], window: timedelta, now: datetime, refusal: str) -> None:
    take_turn(session, THROTTLING_TURN)  # two that count at once would both find room
    counts = dict(
        session.execute(
            select(LoginFailure.key, func.count())
            .where(LoginFailure.key.in_(limits), LoginFailure.failed_at > now - window)
            .group_by(LoginFailure.key)
        ).all()
    )
    if any(counts.get(key, 0) >= limit for key, limit in limits.items()):
        raise TooManyRequests(refusal)
    session.execute(delete(LoginFailure).where(LoginFailure.failed_at < now - KEPT_FOR))
    session.add_all(LoginFailure(key=key, failed_at=now) for key in limits)
    session.flush()


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
