"""Write down who changed what, in the transaction of the change."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from databoard.models import (
    AuditEntry,
    Event,
    EventTeam,
    Problem,
    ScheduleEntry,
    Submission,
    Team,
    User,
    Worker,
)

#: Of the column of names; the file of a SQLite database may be called longer.
MAX_NAME = 128
Audited = User | Team | Problem | Event | EventTeam | Submission | ScheduleEntry | Worker


def record_on(
    session: Session, changed: Audited, action: str, *, actor: User | None, now: datetime, **detail: Any
) -> None:
    """Add one line to the audit log: who did what to `changed`.

    Parameters
    ----------
    actor : User or None
        None is the command line or the server itself.
    detail
        What belongs to the action, in values that JSON can hold.
    """
    record(session, *_named(changed), action, actor=actor, now=now, **detail)


def record(
    session: Session,
    object_type: str,
    object_name: str,
    action: str,
    *,
    actor: User | None,
    now: datetime,
    **detail: Any,
) -> None:
    """Add one line about what is no row, such as the site itself."""
    session.add(
        AuditEntry(
            at=now,
            actor=actor,
            action=action,
            object_type=object_type,
            object_name=object_name,
            detail=detail,
        )
    )


def record_on_database(session: Session, name: str, action: str, *, now: datetime, **detail: Any) -> None:
    """Add one line about the whole database `name`: it was backed up, restored or reset from the command line."""
    record(session, "database", name[:MAX_NAME], action, actor=None, now=now, **detail)


def _named(changed: Audited) -> tuple[str, str]:
    """Return type and name under which the audit lists an object."""
    match changed:
        case Submission():
            return "submission", f"{_place(changed.event_team)}/{changed.name}"
        case EventTeam():
            return "event_team", _place(changed)
        case _:
            return type(changed).__name__.lower(), changed.name


def _place(event_team: EventTeam) -> str:
    return f"{event_team.event.name}/{event_team.team.name}"
