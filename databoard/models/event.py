"""Courses and hackathons on a problem: dates, limits, scores, folds, who runs them."""

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base, state_type
from databoard.models.problem import Problem
from databoard.models.score_type import ScoreType
from databoard.models.user import User
from databoard.states import CVFoldType, EnsembleKind, ScoreKind

if TYPE_CHECKING:
    from databoard.models.event_team import EventTeam


class EventColumns(Protocol):
    """What `EventRules` reads of an event."""

    @property
    def opens_at(self) -> datetime | None:
        """Return when submissions are taken first."""

    @property
    def public_opens_at(self) -> datetime | None:
        """Return when participants begin to read each other's code."""

    @property
    def closes_at(self) -> datetime | None:
        """Return when it ends."""

    @property
    def n_ensemble_changes(self) -> int:
        """Return how often the set of blended submissions changed."""

    @property
    def n_ensemble_recorded(self) -> int:
        """Return how many of these changes the recorded contributivities know."""


class EventRules:
    """What follows from the columns of an event, for its row and for what was read of it."""

    def is_open(self: EventColumns, now: datetime) -> bool:
        """Whether submissions are taken at `now`."""
        return self.opens_at is not None and self.opens_at <= now and not _has_ended(self, now)

    def is_closed(self: EventColumns, now: datetime) -> bool:
        return _has_ended(self, now)

    def is_code_open(self: EventColumns, now: datetime) -> bool:
        """Whether participants read each other's code at `now`."""
        return self.public_opens_at is not None and self.public_opens_at <= now and not _has_ended(self, now)

    @property
    def is_blending_due(self: EventColumns) -> bool:
        """Whether the recorded contributivities and combined scores are of an earlier set of submissions."""
        return self.n_ensemble_changes > self.n_ensemble_recorded


def _has_ended(event: EventColumns, now: datetime) -> bool:
    return event.closes_at is not None and event.closes_at <= now


class Event(EventRules, Base):
    """A course or hackathon on a problem.

    Code of others is visible from `public_opens_at` to `closes_at`; scores always; test scores after
    `closes_at`. `None` in a date means: never (`opens_at`, `public_opens_at`) or no end (`closes_at`).

    `n_ensemble_changes` counts every change of the set of submissions that are blended, `n_ensemble_recorded` how
    many of them the recorded contributivities know; blending is due while the two differ.

    While it `is_frozen`, nothing is submitted to it and what waits goes on waiting; what runs comes to its end.

    `board_version` is raised by every change of what its leaderboards show; see `services.boards`.
    """

    __tablename__ = "events"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(255))
    problem_id: Mapped[int] = mapped_column(ForeignKey("problems.id"), index=True)
    opens_at: Mapped[datetime | None]
    public_opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    is_public: Mapped[bool] = mapped_column(default=True)
    is_featured: Mapped[bool] = mapped_column(default=False, server_default=false())  # first on the home page
    is_frozen: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_controlled_signup: Mapped[bool] = mapped_column(default=False)
    min_duration_between_submissions_s: Mapped[int] = mapped_column(default=900)
    max_attempts_per_day: Mapped[int] = mapped_column(default=0)  # submissions of a team; 0: no limit
    max_scored_per_day: Mapped[int] = mapped_column(
        default=0
    )  # of these, the ones that got a score; 0: no limit
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")  # its midnight ends the day of both
    max_members_per_team: Mapped[int] = mapped_column(default=1)
    max_n_ensemble: Mapped[int] = mapped_column(default=80)
    is_send_trained_mails: Mapped[bool] = mapped_column(default=False)
    is_send_submitted_mails: Mapped[bool] = mapped_column(default=False)
    wall_time_limit_s: Mapped[int]  # for one fold, like the next six
    cpu_time_limit_s: Mapped[int] = mapped_column(default=0)  # summed over its processes; 0: 4 x wall time
    memory_limit_bytes: Mapped[int] = mapped_column(BigInteger)
    max_processes: Mapped[int]
    disk_limit_bytes: Mapped[int] = mapped_column(BigInteger, default=512 * 1024**2)
    max_files: Mapped[int] = mapped_column(default=20_000)
    log_limit_bytes: Mapped[int] = mapped_column(BigInteger)
    resources: Mapped[str] = mapped_column(String(255), default="")  # of a Dask worker: "GPU=1 MEMORY=8e9"
    score_kind: Mapped[ScoreKind] = mapped_column(state_type(ScoreKind, "score_kind"), default=ScoreKind.bag)
    quota: Mapped[int] = mapped_column(
        "quota_bytes", BigInteger, default=0, server_default="0"
    )  # 0: no limit
    n_ensemble_changes: Mapped[int] = mapped_column(default=0)
    n_ensemble_recorded: Mapped[int] = mapped_column(default=0)
    ensemble_claimed_at: Mapped[datetime | None]  # None: nobody is blending
    ensemble_claimed_by: Mapped[str] = mapped_column(String(128), default="")
    board_version: Mapped[int] = mapped_column(default=0, server_default="0")
    n_board_rows: Mapped[int] = mapped_column(default=0, server_default="0")
    #: The best shown value of each column, by board, "public" and "private".
    board_bests: Mapped[dict[str, list[float | None]]] = mapped_column(
        JSON, default=dict, server_default="{}"
    )
    has_contributivity: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]

    problem: Mapped[Problem] = relationship(back_populates="events")
    score_types: Mapped[list["EventScoreType"]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="EventScoreType.position"
    )
    cv_folds: Mapped[list["CVFold"]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="CVFold.number"
    )
    admins: Mapped[list["EventAdmin"]] = relationship(back_populates="event", cascade="all, delete-orphan")
    event_teams: Mapped[list["EventTeam"]] = relationship(
        back_populates="event", cascade="all, delete-orphan"
    )
    ensemble_scores: Mapped[list["EnsembleScore"]] = relationship(
        back_populates="event", cascade="all, delete-orphan"
    )

    __table_args__ = (Index("ix_events_is_public_opens_at", "is_public", "opens_at"),)

    @property
    def official_score(self) -> "EventScoreType":
        return next(score for score in self.score_types if score.is_official)

    @property
    def score_version(self) -> str:
        """SHA-256 of what decides the scores: the kit's version and the event's own settings of its scores."""
        settings = [[row.name, row.kit_name, row.precision, row.is_official] for row in self.score_types]
        return hashlib.sha256(json.dumps([self.problem.kit_version, settings]).encode()).hexdigest()


class EventScoreType(Base):
    """A score type as one event shows it: its name there, digits, and whether it ranks."""

    __tablename__ = "event_score_types"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    score_type_id: Mapped[int] = mapped_column(ForeignKey("score_types.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    kit_name: Mapped[str] = mapped_column(String(64))  # its name in the kit's problem.py
    precision: Mapped[int]  # digits after the point
    position: Mapped[int]
    is_official: Mapped[bool]

    event: Mapped[Event] = relationship(back_populates="score_types")
    score_type: Mapped[ScoreType] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("event_id", "name"), UniqueConstraint("event_id", "position"))


class CVFold(Base):
    """One cross-validation fold, computed once when the event was added and never again."""

    __tablename__ = "cv_folds"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    number: Mapped[int]  # from 0
    type: Mapped[CVFoldType] = mapped_column(state_type(CVFoldType, "cv_fold_type"), default=CVFoldType.live)
    train_is: Mapped[bytes] = mapped_column(LargeBinary)  # row indices, .npy without pickles
    test_is: Mapped[bytes] = mapped_column(LargeBinary)

    event: Mapped[Event] = relationship(back_populates="cv_folds")

    __table_args__ = (UniqueConstraint("event_id", "type", "number"),)


class EventAdmin(Base):
    """A user who runs an event."""

    __tablename__ = "event_admins"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    admin_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)

    event: Mapped[Event] = relationship(back_populates="admins")
    admin: Mapped[User] = relationship(back_populates="event_admins")

    __table_args__ = (UniqueConstraint("event_id", "admin_id"),)


class EnsembleScore(Base):
    """What all submissions of an event score together, combined or best per fold."""

    __tablename__ = "event_scores"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    event_score_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_score_types.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[EnsembleKind] = mapped_column(state_type(EnsembleKind, "ensemble_kind"))
    valid_score: Mapped[float | None]  # None: no point was covered
    test_score: Mapped[float | None]  # None: the kit has no test labels
    computed_at: Mapped[datetime]

    event: Mapped[Event] = relationship(back_populates="ensemble_scores")
    event_score_type: Mapped[EventScoreType] = relationship()

    __table_args__ = (UniqueConstraint("event_id", "event_score_type_id", "kind"),)
