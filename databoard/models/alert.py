"""What operators are told of by mail or webhook."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from databoard.models.base import Base


class Alert(Base):
    """A check of the site that is not well, from the first look that found it until one that did not."""

    __tablename__ = "alerts"

    kind: Mapped[str] = mapped_column(String(32))  # the name of the check
    state: Mapped[str] = mapped_column(String(8))  # warn or fail, at the last look
    text: Mapped[str] = mapped_column(Text)
    fix: Mapped[str] = mapped_column(Text, default="")
    first_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # None: it goes on
    mailed_at: Mapped[datetime | None]  # the last mail that said so; None: none did
    posted_at: Mapped[datetime | None]  # the same of the webhook
    end_mailed_at: Mapped[datetime | None]  # None: no mail has said that it is over
    end_posted_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")  # why it could not be sent; "": it could

    __table_args__ = (Index("ix_alerts_kind_first_at", "kind", "first_at"),)
