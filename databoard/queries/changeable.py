"""A row whose columns may be changed: the form of it, and what was changed before. For the pages below ``/admin``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.models import AuditEntry, EventAdmin, EventTeam, Job, Submission, Team, TeamMember, User
from databoard.services.base import joins, setters
from databoard.services.base.setters import Field
from databoard.services.events import fields as event_fields
from databoard.services.people import fields as people_fields
from databoard.services.people.access import EventAccess
from databoard.states import JobState

#: The latest changes that a page lists.
N_CHANGES = 10


@dataclass(frozen=True)
class FieldView:
    """A column in a form: what it holds now as the form writes it."""

    field: Field
    text: str


@dataclass(frozen=True)
class ChangeView:
    """What was done to a row."""

    at: datetime
    actor: str
    action: str
    text: str


@dataclass(frozen=True)
class EventSettings:
    """The page of an event for those who run it."""

    fields: tuple[FieldView, ...]
    admins: tuple[str, ...]
    n_waiting: int
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True)
class Account:
    """The page of an account for administrators."""

    user: User
    fields: tuple[FieldView, ...]
    teams: tuple[str, ...]
    n_submissions: int
    last_submitted_at: datetime | None
    n_waiting: int
    changes: tuple[ChangeView, ...]


def of_event(session: Session, *, viewer: EventAccess) -> EventSettings:
    """Return what may be changed of an event and was; three queries."""
    event = viewer.event
    is_admin = viewer.user is not None and viewer.user.is_admin
    shown = [field for field in event_fields.fields(event).values() if is_admin or not field.is_for_admins]
    admins = select(User.name).join(EventAdmin, EventAdmin.admin_id == User.id).order_by(User.name)
    waits = joins.event_team(joins.submission_of_job(select(func.count(Job.id))))
    return EventSettings(
        fields=tuple(FieldView(field, _text(field, event, event.time_zone)) for field in shown),
        admins=tuple(session.scalars(admins.where(EventAdmin.event_id == event.id))),
        n_waiting=session.scalar(waits.where(EventTeam.event_id == event.id, Job.state == JobState.waiting))
        or 0,
        changes=_changes(session, "event", event.name),
    )


def of_user(session: Session, *, user: User) -> Account:
    """Return an account: what may be changed, its teams, what it does; four queries."""
    teams = (
        select(Team.name).join(TeamMember, TeamMember.team_id == Team.id).where(TeamMember.user_id == user.id)
    )
    own = select(func.count(), func.max(Submission.submitted_at)).where(Submission.user_id == user.id)
    waits = joins.submission_of_job(select(func.count(Job.id)))
    n_submissions, last_submitted_at = session.execute(own).one()
    return Account(
        user=user,
        fields=tuple(FieldView(field, _text(field, user, "UTC")) for field in people_fields.FIELDS.values()),
        teams=tuple(session.scalars(teams.order_by(Team.name))),
        n_submissions=n_submissions,
        last_submitted_at=last_submitted_at,
        n_waiting=session.scalar(waits.where(Submission.user_id == user.id, Job.state == JobState.waiting))
        or 0,
        changes=_changes(session, "user", user.name),
    )


def _text(field: Field, row: object, time_zone: str) -> str:
    if field.is_secret:
        return ""
    value = getattr(row, field.name)
    if field.kind == "moment":
        local = value and value.astimezone(ZoneInfo(time_zone))
        return local.strftime("%Y-%m-%dT%H:%M:%S") if local else ""
    return setters.text_of(value)


def _changes(session: Session, object_type: str, name: str) -> tuple[ChangeView, ...]:
    query = (
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(AuditEntry.object_type == object_type, AuditEntry.object_name == name)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return tuple(
        ChangeView(entry.at, actor or "command line", entry.action, _told(entry.detail))
        for entry, actor in session.execute(query.limit(N_CHANGES))
    )


def _told(detail: Mapping[str, object]) -> str:
    before, after = detail.get("before"), detail.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        return ", ".join(f"{name}: {before.get(name)} → {new}" for name, new in after.items())
    return ", ".join(f"{name}: {value}" for name, value in detail.items())
