"""The queue: a job is a row, an attempt is a row."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from databoard.models.base import Base, state_type
from databoard.models.submission import Submission
from databoard.states import JOB_TRANSITIONS, ErrorCode, JobState, JobStep, check_transition


class Job(Base):
    """Work waiting for, held by or done by a worker.

    While started it has a `lease`, a random word that every later write must name, and a heartbeat.
    """

    __tablename__ = "jobs"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    step: Mapped[JobStep] = mapped_column(state_type(JobStep, "job_step"))
    state: Mapped[JobState] = mapped_column(state_type(JobState, "job_state"), default=JobState.waiting)
    priority: Mapped[int] = mapped_column(default=0)  # higher first
    n_attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]  # None: waiting
    heartbeat_at: Mapped[datetime | None]  # None: waiting
    finished_at: Mapped[datetime | None]  # None: not yet
    lease: Mapped[str | None] = mapped_column(String(32))  # None: nobody holds it
    worker: Mapped[str] = mapped_column(String(128), default="")
    is_cancel_requested: Mapped[bool] = mapped_column(default=False)
    error_code: Mapped[ErrorCode | None] = mapped_column(state_type(ErrorCode, "job_error_code"))

    submission: Mapped[Submission] = relationship(back_populates="jobs")
    attempts: Mapped[list["JobAttempt"]] = relationship(
        back_populates="job", cascade="all, delete-orphan", order_by="JobAttempt.number"
    )

    __table_args__ = (
        Index(
            "uq_jobs_pending",
            "submission_id",
            "step",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'started')"),
            postgresql_where=text("state IN ('waiting', 'started')"),
        ),
        Index("ix_jobs_state_priority_created_at", "state", "priority", "created_at"),
        Index("ix_jobs_submission_id", "submission_id"),
    )

    @validates("state")
    def _check_state(self, key: str, new: JobState) -> JobState:
        return new if self.state is None else check_transition(JOB_TRANSITIONS, self.state, new)


class JobAttempt(Base):
    """One try of a job by one worker, kept with its log."""

    __tablename__ = "job_attempts"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    number: Mapped[int]  # from 1
    lease: Mapped[str] = mapped_column(String(32))
    worker: Mapped[str] = mapped_column(String(128))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # None: running, or lost and not yet reaped
    outcome: Mapped[str] = mapped_column(String(32), default="")
    error_code: Mapped[ErrorCode | None] = mapped_column(state_type(ErrorCode, "attempt_error_code"))
    log: Mapped[str] = mapped_column(Text, default="")  # for operators; may quote hidden data

    job: Mapped[Job] = relationship(back_populates="attempts")

    __table_args__ = (UniqueConstraint("job_id", "number"),)
