"""A team in an event, the files its members edit there, and what these held before."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base
from databoard.models.event import Event
from databoard.models.team import Team
from databoard.models.user import User
from databoard.models.workflow import WorkflowElement

if TYPE_CHECKING:
    from databoard.models.submission import Submission


class EventTeam(Base):
    """A team that asked to take part in an event; it may once `approved_at` is set."""

    __tablename__ = "event_teams"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    signed_up_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]  # None: waiting for approval
    last_submitted_at: Mapped[datetime | None]  # None: never

    event: Mapped[Event] = relationship(back_populates="event_teams")
    team: Mapped[Team] = relationship(back_populates="event_teams")
    sandbox_files: Mapped[list["SandboxFile"]] = relationship(
        back_populates="event_team", cascade="all, delete-orphan"
    )
    sandbox_versions: Mapped[list["SandboxVersion"]] = relationship(
        back_populates="event_team", cascade="all, delete-orphan"
    )
    submissions: Mapped[list["Submission"]] = relationship(
        back_populates="event_team", cascade="all, delete-orphan"
    )

    __table_args__ = (
        UniqueConstraint("event_id", "team_id"),
        Index("ix_event_teams_approved_at_signed_up_at", "approved_at", "signed_up_at"),
    )

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None


class SandboxFile(Base):
    """One file of a team's sandbox; its bytes lie in the file store under their SHA-256."""

    __tablename__ = "sandbox_files"

    event_team_id: Mapped[int] = mapped_column(ForeignKey("event_teams.id", ondelete="CASCADE"))
    workflow_element_id: Mapped[int] = mapped_column(
        ForeignKey("workflow_elements.id", ondelete="CASCADE"), index=True
    )
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int | None] = mapped_column(  # None: the starting kit
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )

    event_team: Mapped[EventTeam] = relationship(back_populates="sandbox_files")
    workflow_element: Mapped[WorkflowElement] = relationship()
    updated_by: Mapped[User | None] = relationship()

    __table_args__ = (UniqueConstraint("event_team_id", "workflow_element_id"),)


class SandboxVersion(Base):
    """What one file of a team's sandbox held when it was saved, the present version included; old ones go."""

    __tablename__ = "sandbox_versions"

    event_team_id: Mapped[int] = mapped_column(ForeignKey("event_teams.id", ondelete="CASCADE"))
    workflow_element_id: Mapped[int] = mapped_column(
        ForeignKey("workflow_elements.id", ondelete="CASCADE"), index=True
    )
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(  # None: the starting kit
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    is_set_aside: Mapped[bool] = mapped_column(
        default=False
    )  # typed by somebody who then took a newer version

    event_team: Mapped[EventTeam] = relationship(back_populates="sandbox_versions")
    workflow_element: Mapped[WorkflowElement] = relationship()
    saved_by: Mapped[User | None] = relationship()

    __table_args__ = (
        Index(
            "ix_sandbox_versions_event_team_id_workflow_element_id", "event_team_id", "workflow_element_id"
        ),
    )
