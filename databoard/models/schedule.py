"""What runs by itself from time to time, and each of its runs."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from databoard.models.base import Base


class ScheduleEntry(Base):
    """Something periodic, such as a backup. It is claimed while it runs, so that no two processes run it at once.

    A claim that has expired is that of a process which was killed: the entry is due again.
    """

    __tablename__ = "schedule"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    cron: Mapped[str] = mapped_column(String(64))  # when it runs, in UTC
    about: Mapped[str] = mapped_column(String(255))
    next_due_at: Mapped[datetime]
    last_started_at: Mapped[datetime | None]  # None: it never ran
    last_ended_at: Mapped[datetime | None]  # None: it never ended
    last_result: Mapped[str] = mapped_column(String(16), default="")  # ok or failed
    last_message: Mapped[str] = mapped_column(Text, default="")
    claimed_until: Mapped[datetime | None]  # None: nobody runs it
    claimed_by: Mapped[str] = mapped_column(String(128), default="")


class ScheduleRun(Base):
    """One run of an entry."""

    __tablename__ = "schedule_runs"

    entry_name: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # None: it runs, or its process was killed
    result: Mapped[str] = mapped_column(String(16), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    ran_by: Mapped[str] = mapped_column(String(128))

    __table_args__ = (Index("ix_schedule_runs_entry_name_started_at", "entry_name", "started_at"),)
