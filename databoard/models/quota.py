"""The ledger of what teams may still do today."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base, state_type
from databoard.models.event_team import EventTeam
from databoard.models.submission import Submission
from databoard.states import QuotaCause, QuotaKind


class QuotaEntry(Base):
    """One debit (amount -1) or credit (+1 or more) of a team in an event; never changed, never deleted alone.

    What is left of a day is the event's limit plus the sum of that day's entries.
    """

    __tablename__ = "quota_entries"

    event_team_id: Mapped[int] = mapped_column(ForeignKey("event_teams.id", ondelete="CASCADE"))
    submission_id: Mapped[int | None] = mapped_column(  # None: granted, or the submission was deleted
        ForeignKey("submissions.id", ondelete="SET NULL"), index=True
    )
    kind: Mapped[QuotaKind] = mapped_column(state_type(QuotaKind, "quota_kind"))
    cause: Mapped[QuotaCause] = mapped_column(state_type(QuotaCause, "quota_cause"))
    amount: Mapped[int]
    day: Mapped[date]  # in the event's time zone; of a credit, the day of the debit that it gives back
    created_at: Mapped[datetime]

    event_team: Mapped[EventTeam] = relationship()
    submission: Mapped[Submission | None] = relationship()

    __table_args__ = (Index("ix_quota_entries_event_team_id_day", "event_team_id", "day"),)
