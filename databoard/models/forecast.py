"""The forecasts shown to those who wait."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from databoard.models.base import Base


class WaitForecast(Base):
    """When a waiting job is expected to start: what is shown now, and the first forecast, to learn from.

    A table of its own, so that telling locks no job that a worker wants to claim.
    """

    __tablename__ = "wait_forecasts"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), unique=True)
    made_at: Mapped[datetime]  # the first one
    first_p50_s: Mapped[float]  # as computed from made_at on, before it was corrected by what others waited
    first_p90_s: Mapped[float]
    likely_at: Mapped[datetime]  # half of such jobs have started
    latest_at: Mapped[datetime]  # nine of ten have started
