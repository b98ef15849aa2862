"""Score types known to the server."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from databoard.models.base import Base


class ScoreType(Base):
    """A way to measure predictions: its direction and bounds. The formula lives in the kit."""

    __tablename__ = "score_types"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    is_lower_the_better: Mapped[bool]
    minimum: Mapped[float]  # may be -inf
    maximum: Mapped[float]  # may be inf

    @property
    def worst(self) -> float:
        return self.maximum if self.is_lower_the_better else self.minimum
