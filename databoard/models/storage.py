"""How many bytes were stored on which day, and which files and rows do not fit together."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from databoard.models.base import Base, state_type
from databoard.states import StorageProblem


class StoragePoint(Base):
    """The bytes of a category at the end of a day: ``total``, ``users``, ``events``, ``admin`` or ``orphaned``.

    ``user:<id>`` and ``event:<id>`` are what one account or one event takes.
    """

    __tablename__ = "storage_points"

    day: Mapped[date]
    category: Mapped[str] = mapped_column(String(40))
    bytes: Mapped[int] = mapped_column(BigInteger)
    is_estimated: Mapped[bool] = mapped_column(default=False)  # nobody measured that day

    __table_args__ = (UniqueConstraint("day", "category"),)


class StorageFinding(Base):
    """A file that the latest check found missing, orphaned or of a wrong size; those that were removed stay."""

    __tablename__ = "storage_findings"

    found_at: Mapped[datetime]
    problem: Mapped[StorageProblem] = mapped_column(state_type(StorageProblem, "storage_problem"))
    path: Mapped[str] = mapped_column(Text)  # below DATABOARD_HOME
    bytes: Mapped[int | None] = mapped_column(BigInteger)  # on the disk; None: there is no file
    expected_bytes: Mapped[int | None] = mapped_column(BigInteger)  # None: no row knows it
    owner: Mapped[str] = mapped_column(String(128), default="")  # the team and event of a row that names it
    fixed_at: Mapped[datetime | None]  # None: it is as it was found

    __table_args__ = (Index("ix_storage_findings_found_at", "found_at"),)
