"""Teams: find one by name, create one. `sign_ups` has their sign-ups to events."""

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from databoard.errors import Conflict, NotFound, RuleError
from databoard.models import EventAdmin, EventTeam, Team, TeamMember, User
from databoard.services.base import audit
from databoard.services.people.accounts import NAME_PATTERN
from databoard.services.people.rights import Asker
from databoard.states import MembershipStatus


def team_by_name(session: Session, name: str) -> Team:
    team = session.scalar(select(Team).where(func.lower(Team.name) == name.lower()))
    if team is None:
        raise NotFound(f"Expected the name of a team, got {name!r}; no team is called that.")
    return team


def create_team(session: Session, *, name: str, members: list[User], now: datetime) -> Team:
    """Make a team of several users; the same call again returns the same team.

    Raises
    ------
    Conflict
        If a team of that name with other members exists.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise RuleError(f"Expected a team name of 2 to 20 letters, digits or dashes, got {name!r}.")
    wanted = {user.id for user in members}
    team = session.scalar(select(Team).where(func.lower(Team.name) == name.lower()))
    if team is not None:
        if {member.user_id for member in team.members} != wanted:
            raise Conflict(f"A team called {name} with other members exists. Choose another name.")
        return team
    team = Team(name=name, is_individual=False, created_at=now)
    team.members = [
        TeamMember(user=user, status=MembershipStatus.accepted, joined_at=now) for user in members
    ]
    session.add(team)
    session.flush()
    names = sorted(user.name for user in members)
    audit.record_on(session, team, "create_team", actor=None, now=now, members=names)
    return team


def waiting_sign_ups(user: Asker) -> Select[EventTeam]:
    """Return the query of the sign-ups that `user` may decide: all for an admin, those of their events otherwise."""
    query = select(EventTeam).where(EventTeam.approved_at.is_(None), EventTeam.is_active)
    if not user.is_admin:
        own = select(EventAdmin.event_id).where(EventAdmin.admin_id == user.id)
        query = query.where(EventTeam.event_id.in_(own))
    return query
