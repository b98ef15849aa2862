"""Accounts and teams that wait for approval, as the pages of administrators and organisers list them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from databoard.models import EventTeam, Team, TeamMember, User
from databoard.queries.paging import KeyPage, Position, SortColumn, page_by_key
from databoard.services.people.rights import Asker
from databoard.services.teams.teams import waiting_sign_ups
from databoard.states import AccessLevel


@dataclass(frozen=True)
class PendingUser:
    """An account that waits for approval."""

    id: int
    name: str
    fullname: str
    email: str
    bio: str
    created_at: datetime


def pending_users(session: Session, *, position: Position | None = None) -> KeyPage[PendingUser]:
    """Return the accounts that wait for approval, oldest first."""
    query = select(User).where(User.access_level == AccessLevel.asked)
    oldest_first = [SortColumn(User.created_at), SortColumn(User.id)]
    found = page_by_key(session, query, oldest_first, position=position)
    return found.with_rows(
        PendingUser(user.id, user.name, user.fullname, user.email, user.bio, user.created_at)
        for (user,) in found.rows
    )


@dataclass(frozen=True)
class PendingTeam:
    """A team that waits to be let into an event."""

    id: int
    event_name: str
    event_title: str
    team_name: str
    members: str
    signed_up_at: datetime


def pending_teams(session: Session, *, user: Asker, position: Position | None = None) -> KeyPage[PendingTeam]:
    """Return the sign-ups that `user` may decide: all for a site admin, those of their events otherwise."""
    members = selectinload(Team.members).joinedload(TeamMember.user, innerjoin=True)
    query = waiting_sign_ups(user).options(
        joinedload(EventTeam.event, innerjoin=True),
        joinedload(EventTeam.team, innerjoin=True).options(members),
    )
    oldest_first = [SortColumn(EventTeam.signed_up_at), SortColumn(EventTeam.id)]
    found = page_by_key(session, query, oldest_first, position=position)
    return found.with_rows(
        PendingTeam(
            row.id,
            row.event.name,
            row.event.title,
            row.team.name,
            ", ".join(member.user.fullname for member in row.team.members),
            row.signed_up_at,
        )
        for (row,) in found.rows
    )
