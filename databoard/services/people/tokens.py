"""Tokens of programs that act for a user: made, found, deleted. Only the hash of a token is kept."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from databoard.errors import NotFound, RuleError
from databoard.models import Token, User
from databoard.plain_text import strip_controls
from databoard.services.base import audit

#: Opens the administration, as far as its user may enter it.
ADMIN = "admin"
#: How a token begins, so that people and scanners of secrets know one.
PREFIX = "databoard_"
MAX_DAYS = 365
MAX_NAME = 80
#: Its last use is noted at most so often.
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class TokenFacts:
    """A token that holds now: whose it is, and what it opens."""

    id: int
    user_id: int
    scopes: frozenset[str]
    used_at: datetime | None


def add(
    session: Session, *, user: User, name: str, days: int, actor: User | None, now: datetime
) -> tuple[Token, str]:
    """Make a token of an administrator; return its row and the word, which nobody can read later.

    Raises
    ------
    RuleError
        If the user runs no site, or the name or the number of days cannot be.
    """
    name = strip_controls(name).strip()
    if not user.is_admin or user.is_banned:
        raise RuleError(f"Expected an administrator who is not banned, got {user.name}.")
    if len(name) > MAX_NAME:
        raise RuleError(f"Expected a name of at most {MAX_NAME} characters, got {len(name)}.")
    if not 1 <= days <= MAX_DAYS:
        raise RuleError(f"Expected 1 to {MAX_DAYS} days, got {days}.")
    word = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        user=user,
        hash=hash_of(word),
        name=name,
        scopes=ADMIN,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    facts = {"token": token.id, "name": name, "days": days}
    audit.record_on(session, user, "add_token", actor=actor, now=now, **facts)
    return token, word


def delete(session: Session, token_id: int, *, actor: User | None, now: datetime) -> Token:
    """Delete a token, which holds no longer from now on; return what it was.

    Raises
    ------
    NotFound
    """
    token = session.get(Token, token_id)
    if token is None:
        raise NotFound(f"Expected the number of a token, got {token_id}. See: fab show:tokens")
    audit.record_on(
        session, token.user, "delete_token", actor=actor, now=now, token=token.id, name=token.name
    )
    session.delete(token)
    session.flush()
    return token


def find(session: Session, word: str, *, now: datetime) -> TokenFacts | None:
    """Return what a word opens; None when it is no token, or one that has expired. One statement."""
    columns = (Token.id, Token.user_id, Token.scopes, Token.used_at)
    row = session.execute(
        select(*columns).where(Token.hash == hash_of(word), Token.expires_at > now)
    ).one_or_none()
    return (
        None if row is None else TokenFacts(row.id, row.user_id, frozenset(row.scopes.split()), row.used_at)
    )


def note_use(session: Session, token: TokenFacts, *, now: datetime) -> None:
    """Note that a token was used, in a transaction of its own; leave it when somebody else writes just now.

    The caller has ended its own transaction: what that has read would keep SQLite's file.
    """
    if token.used_at is not None and now - token.used_at < NOTED_EVERY:
        return
    with suppress(OperationalError), session.get_bind().engine.begin() as connection:
        connection.execute(update(Token).where(Token.id == token.id).values(used_at=now))


def hash_of(word: str) -> str:
    """Return what is kept of a word. It is long and random, so a fast hash holds."""
    return hashlib.sha256(word.encode()).hexdigest()
