"""The demo: four problems, their events, accounts and deposited submissions. Called by ``fab test_setup``."""

import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.models import Event, Problem, User
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.people import accounts
from databoard.services.people.access import event_team_in
from databoard.services.submissions import submit
from databoard.services.teams import sign_ups, teams
from databoard.states import AccessLevel

if TYPE_CHECKING:
    from config import Config

EVENTS = {
    "iris": "iris_test",
    "diabetes": "diabetes_test",
    "digits": "digits_test",
    "breast_cancer": "breast_cancer_test",
}
#: name -> (first name, last name, access level)
PEOPLE = {
    "root": ("Rosa", "Root", AccessLevel.admin),
    "olga": ("Olga", "Organiser", AccessLevel.user),
    "alice": ("Alice", "Ames", AccessLevel.user),
    "bob": ("Bob", "Bell", AccessLevel.user),
    "charlie": ("Charlie", "Cole", AccessLevel.user),
    "dana": ("Dana", "Dietrich", AccessLevel.user),
    "erik": ("Erik", "Egede", AccessLevel.user),
    "fatou": ("Fatou", "Faye", AccessLevel.user),
}
EVENT_ADMIN = "olga"
#: Six students in four teams; a team of one has its member's name.
TEAMS = {"owls": ("alice", "bob"), "foxes": ("charlie", "dana"), "erik": ("erik",), "fatou": ("fatou",)}
N_PASSWORD_BYTES = 12  # of chance


def refuse_in_production(config: "Config") -> None:
    """Refuse to create demo accounts in production."""
    if config.is_production:
        raise RuleError("Expected DATABOARD_ENV=development for the demo, got production. Nothing was done.")


def provision(session: Session, *, store: FileStore, now: datetime, is_forced: bool = False) -> Iterator[str]:
    """Make what is missing of the demo, saying each step; with `is_forced` replace problems and events.

    Yields
    ------
    str
        One line for each step, before the next one starts.
    """
    yield from _people(session, store, now)
    for problem_name, event_name in EVENTS.items():
        yield provisioning.add_problem(
            session, name=problem_name, store=store, now=now, is_forced=is_forced
        ).text
        yield provisioning.add_event(session, name=event_name, store=store, now=now).text
        event = events.event_by_name(session, event_name)
        admin = accounts.user_by_name(session, EVENT_ADMIN)
        provisioning.make_event_admin(session, event_name=event_name, user=admin, now=now)
        for team_name in TEAMS:
            team = teams.team_by_name(session, team_name)
            sign_ups.sign_up_team(session, event=event, team=team, store=store, now=now)
        yield _deposit(session, event, store, now)


def exists(session: Session) -> bool:
    """Return whether the demo exists already."""
    n_events = session.scalar(select(func.count(Event.id)).where(Event.name.in_(EVENTS.values())))
    n_problems = session.scalar(select(func.count(Problem.id)).where(Problem.name.in_(EVENTS)))
    return n_events == n_problems == len(EVENTS)


def logins_path(store: FileStore) -> Path:
    return store.home / "demo_logins.txt"


def logins_text(store: FileStore) -> str:
    """Return where the logins are, and the logins; passwords are kept nowhere else."""
    path = logins_path(store)
    if not path.exists():
        return f"The accounts exist, but {path} with their passwords does not."
    return f"The logins are in {path}:\n{path.read_text().rstrip()}"


def _people(session: Session, store: FileStore, now: datetime) -> Iterator[str]:
    there = set(session.scalars(select(User.name).where(User.name.in_(PEOPLE))))
    logins = []
    for name, (firstname, lastname, access_level) in PEOPLE.items():
        if name in there:
            continue
        password = secrets.token_urlsafe(N_PASSWORD_BYTES)
        accounts.create_user(
            session,
            name=name,
            email=f"{name}@example.org",
            password=password,
            firstname=firstname,
            lastname=lastname,
            access_level=access_level,
            now=now,
        )
        logins.append(f"{name:8} {password}  {_role(name)}")
    if logins:
        _write_logins(logins_path(store), logins, there)
        yield f"Created {len(logins)} accounts."
    for team_name, members in TEAMS.items():
        if len(members) > 1:
            users = [accounts.user_by_name(session, member) for member in members]
            teams.create_team(session, name=team_name, members=users, now=now)


def _role(name: str) -> str:
    if name == EVENT_ADMIN:
        return "runs the events"
    if PEOPLE[name][2] is AccessLevel.admin:
        return "administers the site"
    return f"student in team {next(team for team, members in TEAMS.items() if name in members)}"


def _write_logins(path: Path, logins: list[str], there: set[str]) -> None:
    """Write lines into a file that only its owner reads; of its old lines those of accounts `there` stay.

    An earlier run may have written logins of accounts that were rolled back.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text().splitlines() if path.exists() else []
    kept = [line for line in old if line.split()[:1] and line.split()[0] in there]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write("\n".join(kept + logins) + "\n")


def _deposit(session: Session, event: Event, store: FileStore, now: datetime) -> str:
    """Submit the starting kit and the kit's submissions, in turn for the teams."""
    from databoard.kits import deposited_submissions, starting_kit_files

    kit_path = store.kit_path(event.problem.name)
    deposited = {"starting_kit": starting_kit_files(kit_path), **deposited_submissions(kit_path)}
    names, team_names = list(deposited), list(TEAMS)
    for place, name in enumerate(names):
        team = teams.team_by_name(session, team_names[place % len(team_names)])
        event_team = event_team_in(session, event=event, team=team)
        submit.deposit(session, event_team=event_team, name=name, files=deposited[name], store=store, now=now)
    return f"Deposited submissions in {event.name}: {', '.join(names)}."
