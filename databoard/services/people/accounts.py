"""People: sign up, log in, be approved. Called by the login and admin pages and by the fab tasks."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, TypedDict, Unpack

from sqlalchemy import bindparam, delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from databoard.errors import Conflict, Forbidden, LoginRefused, NotFound, RuleError
from databoard.models import EventAdmin, Team, TeamMember, User
from databoard.plain_text import strip_controls
from databoard.services.base import audit
from databoard.services.base.database import begin_writing
from databoard.services.people import throttling
from databoard.states import AccessLevel, MembershipStatus

if TYPE_CHECKING:
    from argon2 import PasswordHasher

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{1,19}")
TAKEN = "An account with this name or this e-mail address exists. Choose another, or log in."
MIN_PASSWORD_LENGTH = 10
BANNED = "This account is banned. Ask the organisers of this server."
#: Every request asks it: a user, and whether they run an event.
_USER_WITH_ROLE = select(User, exists().where(EventAdmin.admin_id == User.id)).where(
    User.id == bindparam("user_id")
)


class WaitsForApproval(Forbidden):
    """The password is right and the account is not open yet; the log-in counts as no failure."""

    is_recorded = True


class Banned(Forbidden):
    """The password is right and the account is closed; the log-in counts as no failure."""

    is_recorded = True


def user_with_role(session: Session, user_id: int) -> tuple[User, bool] | None:
    """Return a user, and whether they are an organiser (admin of the site or of an event); None without one."""
    row = session.execute(_USER_WITH_ROLE, {"user_id": user_id}).first()
    return None if row is None else (row[0], row[0].is_admin or row[1])


def user_by_name(session: Session, name: str) -> User:
    """Return the user called `name` in any case; NotFound otherwise."""
    user = session.scalar(select(User).where(User.login == name.lower()))
    if user is None:
        raise NotFound(f"Expected the name of a user, got {name!r}; no user is called that.")
    return user


class Profile(TypedDict, total=False):
    """What an account may say about its person; texts, and whether news are wanted."""

    firstname: str
    lastname: str
    bio: str
    website_url: str
    github_url: str
    linkedin_url: str
    hidden_notes: str
    is_want_news: bool


def sign_up(
    session: Session, *, name: str, email: str, password: str, now: datetime, **profile: Unpack[Profile]
) -> User:
    """Create an account that waits for approval; see :func:`create_user` for the parameters."""
    return create_user(
        session, name=name, email=email, password=password, access_level=AccessLevel.asked, now=now, **profile
    )


def create_user(
    session: Session,
    *,
    name: str,
    email: str,
    password: str,
    now: datetime,
    access_level: AccessLevel = AccessLevel.user,
    actor: User | None = None,
    **profile: Unpack[Profile],
) -> User:
    """Create a user and the team of the same name.

    Parameters
    ----------
    profile
        Further columns: firstname, lastname, bio, website_url, github_url, linkedin_url, hidden_notes,
        is_want_news. What nobody would see of a text is left out.

    Raises
    ------
    RuleError
        On a name, e-mail address or password that cannot be used.
    Conflict
        If the name or the e-mail address is taken.
    """
    _check_name(name)
    email = checked_email(email)
    check_password(password)
    password_hash = _hasher().hash(normalised(password))
    _check_free(session, name, email)
    user = User(
        name=name,
        email=email,
        password_hash=password_hash,
        access_level=access_level,
        session_key=secrets.token_hex(16),
        created_at=now,
        updated_at=now,
        **{key: strip_controls(fact) if isinstance(fact, str) else fact for key, fact in profile.items()},
    )
    _add_with_own_team(session, user)
    level = str(access_level)
    audit.record_on(session, user, "create_user", actor=actor or user, now=now, access_level=level)
    return user


def _check_name(name: str) -> None:
    if not NAME_PATTERN.fullmatch(name):
        raise RuleError(
            f"Expected a user name of 2 to 20 letters, digits, dots, dashes or underscores that begins with a "
            f"letter, got {name!r}."
        )


def checked_email(email: str) -> str:
    """Return the address as it is stored. Something without @ could be another user's name."""
    from email_validator import EmailNotValidError, validate_email

    email = email.strip().lower()
    try:
        validate_email(email, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise RuleError(
            f"Expected an e-mail address such as name@example.org, got {email[:254]!r}."
        ) from None
    return email


def _check_free(session: Session, name: str, email: str) -> None:
    begin_writing(session)
    if session.scalar(select(User.id).where(or_(User.login == name.lower(), User.email == email))):
        raise Conflict(TAKEN)
    if session.scalar(select(Team.id).where(func.lower(Team.name) == name.lower())):
        raise Conflict(f"A team is called {name} already. Choose another user name.")


def _add_with_own_team(session: Session, user: User) -> None:
    now = user.created_at
    team = Team(name=user.name, is_individual=True, created_at=now)
    member = TeamMember(team=team, user=user, status=MembershipStatus.accepted, joined_at=now)
    session.add_all([user, team, member])
    try:
        session.flush()
    except IntegrityError:  # somebody took it since we looked
        raise Conflict(TAKEN) from None


def check_password(password: str) -> None:
    """Refuse a password that is no text, or too short to resist guessing."""
    if any("\ud800" <= character <= "\udfff" for character in password):  # other bytes on a command line
        raise RuleError("Expected a password in UTF-8, got other bytes.")
    n_characters = len(normalised(password))
    if n_characters < MIN_PASSWORD_LENGTH:
        raise RuleError(
            f"Expected a password of at least {MIN_PASSWORD_LENGTH} characters, got {n_characters}. "
            "Four ordinary words make a good one."
        )


def normalised(password: str) -> str:
    """Return the password as it is hashed: keyboards and systems write one character in several ways (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def set_password(session: Session, *, user: User, password: str, now: datetime) -> None:
    """Give `user` a new password and end every open session of theirs."""
    check_password(password)
    user.password_hash = _hasher().hash(normalised(password))
    end_sessions(session, user=user, now=now)


def end_sessions(session: Session, *, user: User, now: datetime) -> None:
    """End every open session of `user`, on all devices: no cookie given out so far holds any longer."""
    user.session_key = secrets.token_hex(16)
    user.updated_at = now


def authenticate(
    session: Session,
    *,
    login: str,
    password: str,
    address: str,
    now: datetime,
    devices: Mapping[str, throttling.KnownDevice] | None = None,
) -> User:
    """Return the user with this name or e-mail address and password; the failures counted so far are forgiven.

    The web calls :func:`throttling.count_login` first, with the same arguments but the password.

    Raises
    ------
    LoginRefused
        If either is wrong; the text does not say which.
    WaitsForApproval
        If both are right and no organiser has approved the account.
    """
    column = User.email if "@" in login else User.login  # no name has an @, every address has
    user = session.scalar(select(User).where(column == login.strip().lower()))
    spelling = _fitting_spelling(user, password)
    if user is None or spelling is None:
        raise LoginRefused("Name or password is wrong.")
    throttling.forgive(session, login=login, address=address, now=now, devices=devices)
    if user.is_banned:
        raise Banned(BANNED)
    if not user.is_approved:
        raise WaitsForApproval("Your account waits for approval by an organiser.")
    if _hasher().check_needs_rehash(user.password_hash) or spelling != normalised(password):
        user.password_hash = _hasher().hash(normalised(password))
    return user


def approve_users(session: Session, *, user_ids: list[int], by: User | None, now: datetime) -> int:
    """Let the waiting accounts in; return how many were waiting. Approving twice changes nothing."""
    users = _asked(session, user_ids)
    for user in users:
        user.access_level = AccessLevel.user
        user.updated_at = now
        audit.record_on(session, user, "approve_user", actor=by, now=now)
    return len(users)


def refuse_users(session: Session, *, user_ids: list[int], by: User | None, now: datetime) -> int:
    """Delete the waiting accounts and their teams; return how many. An approved account is never touched."""
    users = _asked(session, user_ids)
    for user in users:
        audit.record_on(session, user, "refuse_user", actor=by, now=now, email=user.email)
    names = [user.name for user in users]
    session.execute(delete(Team).where(Team.name.in_(names), Team.is_individual))
    session.execute(delete(User).where(User.id.in_([user.id for user in users])))
    session.expire_all()
    return len(users)


def _asked(session: Session, user_ids: list[int]) -> list[User]:
    begin_writing(session)
    query = select(User).where(User.id.in_(user_ids), User.access_level == AccessLevel.asked)
    return list(session.scalars(query.with_for_update()))


def _fitting_spelling(user: User | None, password: str) -> str | None:
    """Return the spelling of `password` that fits; take as long for a name that does not exist as for one that does.

    Hashes made before passwords were normalised are of what was typed.
    """
    stored = user.password_hash if user else _decoy()
    spellings = dict.fromkeys((normalised(password), password))
    return next((spelling for spelling in spellings if _is_hash_of(stored, spelling)), None)


def _is_hash_of(stored: str, password: str) -> bool:
    from argon2.exceptions import VerificationError

    try:
        _hasher().verify(stored, password)
    except VerificationError:
        return False
    return True


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))
