"""The rows that leaderboards show, written with the results so that reading them costs little."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from databoard.models.base import Base


class LeaderboardRow(Base):
    """One scored and valid submission as the boards of its event show it; `services.boards` keeps it up to date.

    A key orders a board: its official score, exact, negated where higher is better, and infinity where there is none.
    Values are rounded as pages show them, in the order of the columns of their board.
    """

    __tablename__ = "leaderboard_rows"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"), unique=True)
    event_team_id: Mapped[int] = mapped_column(ForeignKey("event_teams.id", ondelete="CASCADE"), index=True)
    team_name: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(32))
    submitted_at: Mapped[datetime]
    public_key: Mapped[float]
    private_key: Mapped[float]
    public_values: Mapped[list[float | None]] = mapped_column(JSON)
    private_values: Mapped[list[float | None]] = mapped_column(JSON)
    contributivity: Mapped[float] = mapped_column(default=0.0)  # share, 0 to 1
    historical_contributivity: Mapped[float] = mapped_column(default=0.0)
    percent: Mapped[int] = mapped_column(default=0)  # the same in whole percent, all of an event sum to 100
    historical_percent: Mapped[int] = mapped_column(default=0)
    train_time_s: Mapped[float | None]  # summed over folds, rounded
    valid_time_s: Mapped[float | None]

    __table_args__ = (
        Index(
            "ix_leaderboard_rows_public",
            "event_id",
            "public_key",
            "submitted_at",
            "submission_id",
            unique=True,
        ),
        Index(
            "ix_leaderboard_rows_private",
            "event_id",
            "private_key",
            "submitted_at",
            "submission_id",
            unique=True,
        ),
    )
