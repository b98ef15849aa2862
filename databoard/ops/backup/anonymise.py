"""Make the people of a restored database anonymous: no name, address, note, password or token of theirs stays.

What they submitted stays as it was, with the names that they gave it: another byte of code would be another
submission. Rows that only tell who did what are removed. Used by `ops.backup.prod_to_test`.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from databoard.models import (
    AuditEntry,
    Event,
    JobAttempt,
    LoginFailure,
    Submission,
    SubmissionFold,
    SubmissionSimilarity,
    Team,
    TeamMember,
    Token,
    User,
)
from databoard.services.boards import rows
from databoard.services.people import accounts

#: No mail is ever delivered to this domain (RFC 2606).
DOMAIN = "example.invalid"
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
#: Texts that programs of participants printed. They help to test; addresses in them go.
_PRINTED: tuple[InstrumentedAttribute[str], ...] = (
    Submission.error_message,
    Submission.trace,
    SubmissionFold.error_message,
    SubmissionFold.printed,
)


def anonymise(session: Session, *, password: str, now: datetime) -> None:
    """Make everybody anonymous, give all of them `password`, and switch mails off."""
    users = session.scalars(select(User).order_by(User.id)).all()
    with_members = selectinload(Team.members).joinedload(TeamMember.user)
    teams = session.scalars(select(Team).order_by(Team.id).options(with_members)).all()
    new_names = {user.name: f"user{number:04d}" for number, user in enumerate(users, 1)}
    _rename_teams(session, teams, new_names)
    _rename_users(session, users, new_names)
    _forget_profiles(users)
    _set_passwords(session, users, password, now)
    _clear_texts(session)
    for column in _PRINTED:
        _remove_addresses(session, column)
    _switch_mails_off(session)
    session.flush()
    session.expire_all()
    for event in session.scalars(select(Event).order_by(Event.id)).all():
        rows.rebuild(session, event)  # boards show names of teams, and lead to the pages of submissions


def _rename_users(session: Session, users: Iterable[User], new_names: dict[str, str]) -> None:
    """Rename in two steps, because a name may be another one's old name."""
    wanted = {user.id: new_names[user.name] for user in users}
    for user in users:
        user.name, user.email = f"~{user.id}", f"~{user.id}"
    session.flush()
    for user in users:
        user.name, user.email = wanted[user.id], f"{wanted[user.id]}@{DOMAIN}"
    session.flush()


def _rename_teams(session: Session, teams: Iterable[Team], new_names: dict[str, str]) -> None:
    """Give the team of one person the name of that person, and every other one a number."""
    persons = {team.id: team.members[0].user for team in teams if team.is_individual and team.members}
    wanted = {team_id: new_names[user.name] for team_id, user in persons.items()}
    for team in teams:
        team.name = f"~{team.id}"
    session.flush()
    for number, team in enumerate(teams, 1):
        team.name = wanted.get(team.id) or f"team{number:04d}"
    session.flush()


def _forget_profiles(users: Iterable[User]) -> None:
    for user in users:
        user.firstname = user.lastname = user.bio = user.hidden_notes = ""
        user.website_url = user.github_url = user.linkedin_url = ""
        user.is_want_news = False


def _set_passwords(session: Session, users: Iterable[User], password: str, now: datetime) -> None:
    """Hash once: it takes long on purpose, and all have the same password."""
    password_hash = ""
    for user in users:
        if password_hash:
            user.password_hash = password_hash
            accounts.end_sessions(session, user=user, now=now)
        else:
            accounts.set_password(session, user=user, password=password, now=now)
            password_hash = user.password_hash


def _clear_texts(session: Session) -> None:
    """Remove notes and logs, who did what, and addresses of pages that cannot be guessed."""
    for emptied in (
        update(Submission).values(notes=""),
        update(SubmissionSimilarity).values(note=""),
        update(JobAttempt).values(log=""),
        delete(AuditEntry),
        delete(LoginFailure),
        delete(Token),
    ):
        session.execute(emptied.execution_options(synchronize_session=False))
    new_slugs = [
        {"id": submission_id, "slug": secrets.token_urlsafe(12)}
        for submission_id in session.scalars(select(Submission.id))
    ]
    if new_slugs:
        session.execute(update(Submission), new_slugs)


def _remove_addresses(session: Session, column: InstrumentedAttribute[str]) -> None:
    """Remove every e-mail address from a column of texts."""
    rows = session.execute(select(column.class_.id, column).where(column.contains("@"))).all()
    changed = [{"id": row_id, column.key: _ADDRESS.sub("…@…", text)} for row_id, text in rows]
    if changed:
        session.execute(update(column.class_), changed)


def _switch_mails_off(session: Session) -> None:
    off = update(Event).values(is_send_trained_mails=False, is_send_submitted_mails=False)
    session.execute(off.execution_options(synchronize_session=False))
