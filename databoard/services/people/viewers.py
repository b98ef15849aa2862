"""Who asks, and what they may do in an event: the few facts that a page that is only read needs, without rows.

Every GET reads a :class:`Viewer`. A leaderboard reads a :class:`BoardView` with it, in the same statement. A request
that writes reads rows instead; see `accounts` and `access`.
"""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Integer, Row, Select, String, and_, bindparam, exists, select
from sqlalchemy.orm import Session

from databoard.models import Event, EventAdmin, EventTeam, TeamMember, User
from databoard.models.event import EventRules
from databoard.models.user import UserRules
from databoard.services.people.rights import EventRights, runs_event
from databoard.states import AccessLevel, MembershipStatus, ScoreKind


@dataclass(frozen=True)
class Viewer(UserRules):
    """A user who looks at a page. The values are the columns of the same names."""

    id: int
    name: str
    firstname: str
    lastname: str
    access_level: AccessLevel
    session_key: str
    is_banned: bool


@dataclass(frozen=True)
class BoardEvent(EventRules):
    """The event of a leaderboard. The values are the columns of the same names."""

    id: int
    name: str
    title: str
    is_public: bool
    opens_at: datetime | None
    public_opens_at: datetime | None
    closes_at: datetime | None
    score_kind: ScoreKind
    n_ensemble_changes: int
    n_ensemble_recorded: int
    board_version: int
    created_at: datetime


@dataclass(frozen=True)
class BoardTeam:
    """The team of the viewer in that event."""

    id: int
    is_approved: bool


@dataclass(frozen=True)
class BoardView(EventRights):
    """What a viewer may see on the leaderboards of an event."""

    user: Viewer
    event: BoardEvent
    event_team: BoardTeam | None


@dataclass(frozen=True)
class Seen:
    """Who asks, whether they run any event, and what they may see on the boards of the event they ask for."""

    viewer: Viewer
    is_organiser: bool
    board_view: BoardView | None = None  # None: no event was asked for, or none is called so


def read(session: Session, *, user_id: int) -> Seen | None:
    """Return who asks; None when there is no such user."""
    row = session.connection().execute(_VIEWER, {"user_id": user_id}).first()
    return None if row is None else _seen(row)


def read_at_event(session: Session, *, user_id: int, event_name: str) -> Seen | None:
    """Return who asks, and what they may see on the boards of the event; None when there is no such user."""
    words = {"user_id": user_id, "event_name": event_name}
    row = session.connection().execute(_VIEWER_AT_EVENT, words).first()
    if row is None:
        return None
    seen = _seen(row)
    event_id, (team_id, is_approved, is_listed) = row[_N_VIEWER], row[_N_VIEWER + _N_EVENT :]
    if event_id is None:
        return seen
    event = BoardEvent(*row[_N_VIEWER : _N_VIEWER + _N_EVENT])
    own = None if team_id is None else BoardTeam(team_id, is_approved)
    view = BoardView(seen.viewer, event, own, runs_event(seen.viewer, is_listed=is_listed))
    return Seen(seen.viewer, seen.is_organiser, view)


def _seen(row: Row[Any]) -> Seen:
    viewer = Viewer(*row[: _N_VIEWER - 1])
    return Seen(viewer, viewer.is_admin or row[_N_VIEWER - 1])


def _columns(facts: type[Any], table: type[Any]) -> tuple[Any, ...]:
    """Return the columns that the fields of `facts` are called after."""
    return attrgetter(*facts.__dataclass_fields__)(table.__table__.c)


_USER_ID = bindparam("user_id", type_=Integer)
_OF_VIEWER = *_columns(Viewer, User), exists().where(EventAdmin.admin_id == User.id)
_OF_EVENT = _columns(BoardEvent, Event)
_N_VIEWER, _N_EVENT = len(_OF_VIEWER), len(_OF_EVENT)


def _viewer_at_event() -> Select[Any]:
    teams = select(TeamMember.team_id).where(
        TeamMember.user_id == _USER_ID, TeamMember.status == MembershipStatus.accepted
    )
    is_own = and_(EventTeam.event_id == Event.id, EventTeam.is_active, EventTeam.team_id.in_(teams))
    is_listed = exists().where(EventAdmin.event_id == Event.id, EventAdmin.admin_id == _USER_ID)
    query = select(*_OF_VIEWER, *_OF_EVENT, EventTeam.id, EventTeam.approved_at.is_not(None), is_listed)
    return (
        query.select_from(User)
        .outerjoin(Event, Event.name == bindparam("event_name", type_=String))
        .outerjoin(EventTeam, is_own)
        .where(User.id == _USER_ID)
        .order_by(EventTeam.id)
        .limit(1)
    )


#: What requests ask. They are built once: to build one takes as long as to send it.
_VIEWER = select(*_OF_VIEWER).where(User.id == _USER_ID)
_VIEWER_AT_EVENT = _viewer_at_event()
