"""Teams and who is in them."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base, state_type
from databoard.models.user import User
from databoard.states import MembershipStatus

if TYPE_CHECKING:
    from databoard.models.event_team import EventTeam


class Team(Base):
    """Who takes part in an event: one person, or several under one name."""

    __tablename__ = "teams"

    name: Mapped[str] = mapped_column(String(20), unique=True)
    is_individual: Mapped[bool]
    created_at: Mapped[datetime]

    members: Mapped[list["TeamMember"]] = relationship(back_populates="team", cascade="all, delete-orphan")
    event_teams: Mapped[list["EventTeam"]] = relationship(back_populates="team", cascade="all, delete-orphan")


class TeamMember(Base):
    """A user in a team."""

    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    status: Mapped[MembershipStatus] = mapped_column(state_type(MembershipStatus, "membership_status"))
    joined_at: Mapped[datetime]

    team: Mapped[Team] = relationship(back_populates="members")
    user: Mapped[User] = relationship(back_populates="memberships")

    __table_args__ = (UniqueConstraint("team_id", "user_id"),)
