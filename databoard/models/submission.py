"""What a team submitted."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from databoard.models.base import Base, state_type
from databoard.models.event_team import EventTeam
from databoard.models.user import User
from databoard.models.workflow import WorkflowElement
from databoard.states import (
    PENDING_STATES,
    SUBMISSION_TRANSITIONS,
    ErrorCode,
    SimilarityType,
    SubmissionState,
    SubmissionType,
    check_transition,
)

if TYPE_CHECKING:
    from databoard.models.job import Job
    from databoard.models.result import SubmissionFold, SubmissionScore


class Submission(Base):
    """A named set of files of a team, frozen when it was submitted, and what became of it."""

    __tablename__ = "submissions"

    event_team_id: Mapped[int] = mapped_column(ForeignKey("event_teams.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(  # None: deposited by the organisers
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(32), unique=True)  # random: an address that cannot be guessed
    type: Mapped[SubmissionType] = mapped_column(
        state_type(SubmissionType, "submission_type"), default=SubmissionType.live
    )
    state: Mapped[SubmissionState] = mapped_column(
        state_type(SubmissionState, "submission_state"), default=SubmissionState.new
    )
    error_code: Mapped[ErrorCode | None] = mapped_column(state_type(ErrorCode, "error_code"))
    error_message: Mapped[str] = mapped_column(Text, default="")
    trace: Mapped[str] = mapped_column(Text, default="")
    is_valid: Mapped[bool] = mapped_column(default=True)
    is_to_ensemble: Mapped[bool] = mapped_column(default=True)
    is_in_competition: Mapped[bool] = mapped_column(default=True)
    notes: Mapped[str] = mapped_column(Text, default="")
    contributivity: Mapped[float] = mapped_column(default=0.0)  # share, 0 to 1
    historical_contributivity: Mapped[float] = mapped_column(default=0.0)
    predictions_key: Mapped[str] = mapped_column(String(32), default="")  # the lease that made them; "": none
    submitted_at: Mapped[datetime]
    training_started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    event_team: Mapped[EventTeam] = relationship(back_populates="submissions")
    user: Mapped[User | None] = relationship()
    files: Mapped[list["SubmissionFile"]] = relationship(
        back_populates="submission", cascade="all, delete-orphan"
    )
    folds: Mapped[list["SubmissionFold"]] = relationship(
        back_populates="submission", cascade="all, delete-orphan", order_by="SubmissionFold.cv_fold_id"
    )
    scores: Mapped[list["SubmissionScore"]] = relationship(
        back_populates="submission", cascade="all, delete-orphan"
    )
    jobs: Mapped[list["Job"]] = relationship(
        back_populates="submission", cascade="all, delete-orphan", order_by="Job.id"
    )

    __table_args__ = (
        UniqueConstraint("event_team_id", "name"),
        Index("ix_submissions_event_team_id_submitted_at", "event_team_id", "submitted_at"),
        Index("ix_submissions_state_submitted_at", "state", "submitted_at"),
        {"sqlite_autoincrement": True},  # a deleted submission's number is never given again
    )

    @validates("state")
    def _check_state(self, key: str, new: SubmissionState) -> SubmissionState:
        return new if self.state is None else check_transition(SUBMISSION_TRANSITIONS, self.state, new)

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING_STATES

    @classmethod
    def is_on_boards(cls) -> ColumnElement[bool]:
        """Return the condition of what is scored, or is run again and keeps its scores until there are new ones."""
        is_rerun = and_(cls.state.in_(PENDING_STATES), cls.scores.any())
        return or_(cls.state == SubmissionState.scored, is_rerun)


class SubmissionFile(Base):
    """One file of a submission; its bytes lie in the file store under their SHA-256."""

    __tablename__ = "submission_files"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    workflow_element_id: Mapped[int] = mapped_column(ForeignKey("workflow_elements.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)

    submission: Mapped[Submission] = relationship(back_populates="files")
    workflow_element: Mapped[WorkflowElement] = relationship()

    __table_args__ = (UniqueConstraint("submission_id", "workflow_element_id"),)


class SubmissionSimilarity(Base):
    """Credit: how much of the target submission comes from the source, as somebody judged it."""

    __tablename__ = "submission_similarities"

    type: Mapped[SimilarityType] = mapped_column(state_type(SimilarityType, "similarity_type"))
    source_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(  # None: found by the server
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    similarity: Mapped[float]  # share, 0 to 1
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]

    source: Mapped[Submission] = relationship(foreign_keys=source_id)
    target: Mapped[Submission] = relationship(foreign_keys=target_id)
    user: Mapped[User | None] = relationship()

    __table_args__ = (Index("ix_submission_similarities_target_id_created_at", "target_id", "created_at"),)
