"""What training measured: per fold, per score type, and bagged."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base, state_type
from databoard.models.event import CVFold, EventScoreType
from databoard.models.submission import Submission
from databoard.states import ErrorCode, SubmissionState


class SubmissionFold(Base):
    """A submission on one fold: how far it came, how long it took. `None` in a time: it did not get there."""

    __tablename__ = "submission_folds"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    cv_fold_id: Mapped[int] = mapped_column(ForeignKey("cv_folds.id", ondelete="CASCADE"), index=True)
    state: Mapped[SubmissionState] = mapped_column(
        state_type(SubmissionState, "fold_state"), default=SubmissionState.new
    )
    error_code: Mapped[ErrorCode | None] = mapped_column(state_type(ErrorCode, "fold_error_code"))
    error_message: Mapped[str] = mapped_column(Text, default="")
    train_time_s: Mapped[float | None]
    valid_time_s: Mapped[float | None]
    test_time_s: Mapped[float | None]
    cpu_time_s: Mapped[float | None]  # of all its processes, up to where the hidden test rows came in
    max_rss_bytes: Mapped[int | None] = mapped_column(BigInteger)
    #: What it printed before the hidden test rows came in, cut and cleaned; of a refused check with the first fold.
    printed: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)
    contributivity: Mapped[float] = mapped_column(default=0.0)
    is_best: Mapped[bool] = mapped_column(default=False)

    submission: Mapped[Submission] = relationship(back_populates="folds")
    cv_fold: Mapped[CVFold] = relationship()
    scores: Mapped[list["SubmissionFoldScore"]] = relationship(
        back_populates="submission_fold", cascade="all, delete-orphan"
    )

    __table_args__ = (UniqueConstraint("submission_id", "cv_fold_id"),)


class SubmissionFoldScore(Base):
    """One score of one fold. `None`: that part has no labels or could not be scored."""

    __tablename__ = "submission_fold_scores"

    submission_fold_id: Mapped[int] = mapped_column(ForeignKey("submission_folds.id", ondelete="CASCADE"))
    event_score_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_score_types.id", ondelete="CASCADE"), index=True
    )
    train_score: Mapped[float | None]
    valid_score: Mapped[float | None]
    test_score: Mapped[float | None]

    submission_fold: Mapped[SubmissionFold] = relationship(back_populates="scores")
    event_score_type: Mapped[EventScoreType] = relationship()

    __table_args__ = (UniqueConstraint("submission_fold_id", "event_score_type_id"),)


class SubmissionScore(Base):
    """One score of a submission: bagged over its folds, the learning curve, fold means and deviations."""

    __tablename__ = "submission_scores"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    event_score_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_score_types.id", ondelete="CASCADE"), index=True
    )
    valid_bag: Mapped[float | None]
    test_bag: Mapped[float | None]
    valid_bags: Mapped[list[float | None]] = mapped_column(JSON)  # over the first 1..K folds
    test_bags: Mapped[list[float | None]] = mapped_column(JSON)
    train_mean: Mapped[float | None]
    train_std: Mapped[float | None]
    valid_mean: Mapped[float | None]
    valid_std: Mapped[float | None]
    test_mean: Mapped[float | None]
    test_std: Mapped[float | None]
    version: Mapped[str] = mapped_column(String(64))  # `Event.score_version` when it was scored

    submission: Mapped[Submission] = relationship(back_populates="scores")
    event_score_type: Mapped[EventScoreType] = relationship()

    __table_args__ = (UniqueConstraint("submission_id", "event_score_type_id"),)


class SupersededScore(Base):
    """A score that a later rescoring replaced, under the name it had then."""

    __tablename__ = "superseded_scores"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(64))
    valid_bag: Mapped[float | None]
    test_bag: Mapped[float | None]
    details: Mapped[dict[str, Any]] = mapped_column(
        JSON
    )  # every other number of the SubmissionScore, by column
    replaced_at: Mapped[datetime]

    submission: Mapped[Submission] = relationship()
