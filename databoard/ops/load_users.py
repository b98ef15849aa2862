"""Accounts of the load test: make them, write the file that ``locustfile.py`` reads, remove them with all they did.

Called by `tasks`. Each account is a team alone, signed up for one event.
"""

import csv
import os
import secrets
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.models import Team, User
from databoard.services.base.files import FileStore
from databoard.services.events import events
from databoard.services.people import accounts
from databoard.services.submissions import submit
from databoard.services.teams import sign_ups, teams

if TYPE_CHECKING:
    from config import Config

#: What tells such an account from one of a person; `remove` removes only these.
NOTE = "Made by fab load_users for a load test."
MAX_USERS = 1000


@dataclass(frozen=True)
class LoadUser:
    """What a virtual student logs in with."""

    name: str
    password: str


def add(
    session: Session, config: "Config", *, n: int, event_name: str, store: FileStore, now: datetime
) -> list[LoadUser]:
    """Make `n` accounts that take part in an event; those of an earlier call get a new password.

    Raises
    ------
    RuleError
        In production, or if `n` is not a number of accounts.
    """
    if config.is_production:
        raise RuleError(
            "Expected a test server for a load test, got DATABOARD_ENV=production. Nothing was done."
        )
    if not 1 <= n <= MAX_USERS:
        raise RuleError(f"Expected a number of users from 1 to {MAX_USERS}, got {n}.")
    event = events.event_by_name(session, event_name)
    made = []
    for number in range(1, n + 1):
        load_user = LoadUser(f"load_{number:04}", secrets.token_urlsafe(12))
        _add_account(session, load_user, now=now)
        team = teams.team_by_name(session, load_user.name)
        sign_ups.sign_up_team(session, event=event, team=team, store=store, now=now)
        made.append(load_user)
    return made


def _add_account(session: Session, load_user: LoadUser, *, now: datetime) -> None:
    found = session.scalar(select(User).where(User.name == load_user.name, User.hidden_notes == NOTE))
    if found is not None:
        accounts.set_password(session, user=found, password=load_user.password, now=now)
        return
    accounts.create_user(
        session,
        name=load_user.name,
        email=f"{load_user.name}@load.example.org",
        password=load_user.password,
        hidden_notes=NOTE,
        now=now,
    )


def path_of(config: "Config") -> Path:
    """Return the file that ``locustfile.py`` reads."""
    return config.home / "load_users.csv"


def write(path: Path, load_users: list[LoadUser]) -> None:
    """Write names and passwords, for the owner of the server only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "password"))
        writer.writerows(astuple(load_user) for load_user in load_users)


def remove(session: Session, *, now: datetime) -> int:
    """Remove every account of a load test with its team, sandbox and submissions; return how many."""
    n_removed = 0
    for user in session.scalars(select(User).where(User.hidden_notes == NOTE).order_by(User.name)).all():
        for team in _teams(user):
            for event_team in list(team.event_teams):
                for submission in list(event_team.submissions):
                    submit.delete_submission(session, submission, now=now)
            session.expire(team)
            session.delete(team)
        session.flush()
        session.expire(user)
        session.delete(user)
        n_removed += 1
    session.flush()
    return n_removed


def _teams(user: User) -> Iterator[Team]:
    yield from [membership.team for membership in user.memberships if len(membership.team.members) == 1]
