"""Slow down password guessing: count log-ins and sign-ups before any password is hashed, and make the next wait.

What fails is counted on several counts; each makes the next try wait, longer with each failure, never for good. A
device that has logged in before has a count of its own, so that nobody else's failures hold it up. The web commits
what is counted at once, so that guesses sent at the same time see each other; a log-in that succeeds takes its own
count back (:func:`forgive`). Why it is so: ``docs/adr/0004``.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from databoard.errors import TooManyRequests
from databoard.models import LoginFailure, User
from databoard.services.base.database import take_turn

#: How long a failure counts.
WINDOW = timedelta(hours=1)
KEPT_FOR = timedelta(days=1)
#: Any number that no other turn has.
THROTTLING_TURN = 7_241_115


@dataclass(frozen=True)
class Limit:
    """How many failures cost no wait; beyond them it doubles with each, from a second up to `longest_wait_s`."""

    n_free: int
    longest_wait_s: int

    def wait(self, n_failures: int) -> timedelta:
        """Return how long after the last of `n_failures` the next try must wait."""
        n_beyond = n_failures - self.n_free
        return timedelta(seconds=min(2 ** min(n_beyond, 16), self.longest_wait_s) if n_beyond >= 0 else 0)


#: One account from one address.
ACCOUNT_HERE = Limit(5, 300)
#: One account from everywhere: a name is not held up by a few guesses of a stranger, nor ever for long.
ACCOUNT = Limit(50, 60)
#: Accounts that failed from one address, each once: a school may share one.
ADDRESS = Limit(1000, 30)
#: One account from a device where it has logged in before.
DEVICE = Limit(5, 300)
#: Requests for an account from one address: a course signs up in its first hour.
SIGN_UP = Limit(300, 60)


@dataclass(frozen=True)
class KnownDevice:
    """What a device is to one account that has logged in from it; see :func:`known_device`.

    Attributes
    ----------
    word : str
        Random; the failures of this device are counted under it.
    password_mark : str
        Of the password that the account had then: a new password makes the device unknown.
    """

    word: str
    password_mark: str


def known_device(user: User, *, word: str = "") -> tuple[str, KnownDevice]:
    """Return the account key of `user` and what the device is to them that they have just logged in from."""
    return _key("account", user.login), KnownDevice(word or secrets.token_hex(8), _mark(user.password_hash))


def count_login(
    session: Session,
    *,
    login: str,
    address: str,
    now: datetime,
    devices: Mapping[str, KnownDevice] | None = None,
) -> None:
    """Count a log-in as failed until it succeeds; to be committed before the password is looked at.

    Parameters
    ----------
    login : str
        The name or the e-mail address of the account; both are counted as one.
    devices : mapping of str to KnownDevice, optional
        By :func:`account_key`, what this device is to each account that has logged in from it.

    Raises
    ------
    TooManyRequests
        If a failure before was too short a time ago; nothing is counted then.
    """
    take_turn(session, THROTTLING_TURN)  # two that count at once would both find room
    limits = _login_limits(session, login, address, devices)
    failures = _failures(session, limits, now)
    _refuse_too_early(limits, failures, now, "Too many failed logins.")
    here = next(iter(limits))
    _add(session, [key for key, limit in limits.items() if limit is not ADDRESS or here not in failures], now)


def count_sign_up(session: Session, *, address: str, now: datetime) -> None:
    """Count a request for an account; to be committed before the password is hashed.

    Raises
    ------
    TooManyRequests
        If many came from this address and the last too short a time ago.
    """
    take_turn(session, THROTTLING_TURN)
    limits = {_key("sign_up", _network(address)): SIGN_UP}
    _refuse_too_early(limits, _failures(session, limits, now), now, "Too many sign-ups from your network.")
    _add(session, limits, now)


def forgive(
    session: Session,
    *,
    login: str,
    address: str,
    now: datetime,
    devices: Mapping[str, KnownDevice] | None = None,
) -> None:
    """Take back what :func:`count_login` wrote at `now`, and the earlier failures of this account from here."""
    here, *others = _login_limits(session, login, address, devices)
    own = and_(LoginFailure.key.in_(others), LoginFailure.failed_at == now)
    session.execute(delete(LoginFailure).where(or_(LoginFailure.key == here, own)))


def account_key(session: Session, login: str) -> str:
    """Return what an account is counted by: the same for its name and its e-mail address, in any case."""
    name = login.strip().lower()
    if "@" in name:
        name = session.scalar(select(User.login).where(User.email == name)) or name
    return _key("account", name)


def _login_limits(
    session: Session, login: str, address: str, devices: Mapping[str, KnownDevice] | None
) -> dict[str, Limit]:
    """Return the limits that apply, the narrowest first; a known device has one of its own and no other."""
    account, network = account_key(session, login), _network(address)
    device = (devices or {}).get(account)
    if device is not None and _is_known(session, login, device):
        return {_key("device", account, device.word): DEVICE}
    return {_key("here", account, network): ACCOUNT_HERE, account: ACCOUNT, _key("address", network): ADDRESS}


def _is_known(session: Session, login: str, device: KnownDevice) -> bool:
    """Return whether the account still has the password with which it logged in from the device."""
    column = User.email if "@" in login else User.login
    password_hash = session.scalar(select(User.password_hash).where(column == login.strip().lower()))
    return password_hash is not None and device.password_mark == _mark(password_hash)


def _failures(session: Session, keys: Iterable[str], now: datetime) -> dict[str, tuple[int, datetime]]:
    """Return by key how many failures count now and when the last was."""
    rows = session.execute(
        select(LoginFailure.key, func.count(), func.max(LoginFailure.failed_at))
        .where(LoginFailure.key.in_(list(keys)), LoginFailure.failed_at > now - WINDOW)
        .group_by(LoginFailure.key)
    )
    return {key: (n_failures, last) for key, n_failures, last in rows}


def _refuse_too_early(
    limits: Mapping[str, Limit], failures: Mapping[str, tuple[int, datetime]], now: datetime, reason: str
) -> None:
    waits = [(limits[key].wait(n_failures), last) for key, (n_failures, last) in failures.items()]
    left = [min(wait, last + wait - now) for wait, last in waits]  # another machine's clock may be ahead
    wait_s = ceil(max(left, default=timedelta()).total_seconds())
    if wait_s > 0:
        span = (
            f"{wait_s} second{'s' if wait_s > 1 else ''}" if wait_s < 120 else f"{ceil(wait_s / 60)} minutes"
        )
        raise TooManyRequests(f"{reason} Wait {span}, then try again.", retry_after_s=wait_s)


def _add(session: Session, keys: Iterable[str], now: datetime) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.failed_at < now - KEPT_FOR))
    session.add_all(LoginFailure(key=key, failed_at=now) for key in keys)
    session.flush()


def _network(address: str) -> str:
    """Return the address; of IPv6 the first 64 bits, because one machine has all the addresses below them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def _mark(password_hash: str) -> str:
    """Return what tells one password of an account from the next and helps nobody to guess it: hashes are salted."""
    return _key("password", password_hash)[:16]


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
