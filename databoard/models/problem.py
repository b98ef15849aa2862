"""Problems, and the keywords to find them by."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base, state_type
from databoard.models.workflow import Workflow
from databoard.states import KeywordType

if TYPE_CHECKING:
    from databoard.models.event import Event


class Problem(Base):
    """A task: its data, truth, workflow and scores live in the kit ``problems/<name>/``."""

    __tablename__ = "problems"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(255))
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id"), index=True)
    kit_version: Mapped[str] = mapped_column(String(64))  # SHA-256 of the kit when last registered
    created_at: Mapped[datetime]

    workflow: Mapped[Workflow] = relationship()
    events: Mapped[list["Event"]] = relationship(back_populates="problem")
    keywords: Mapped[list["ProblemKeyword"]] = relationship(
        back_populates="problem", cascade="all, delete-orphan"
    )


class Keyword(Base):
    """A word under which problems are found."""

    __tablename__ = "keywords"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    type: Mapped[KeywordType] = mapped_column(state_type(KeywordType, "keyword_type"))
    category: Mapped[str] = mapped_column(String(64), default="")
    description: Mapped[str] = mapped_column(String(1024), default="")

    problems: Mapped[list["ProblemKeyword"]] = relationship(
        back_populates="keyword", cascade="all, delete-orphan"
    )


class ProblemKeyword(Base):
    """A keyword of a problem, and why."""

    __tablename__ = "problem_keywords"

    problem_id: Mapped[int] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"))
    keyword_id: Mapped[int] = mapped_column(ForeignKey("keywords.id", ondelete="CASCADE"), index=True)
    description: Mapped[str] = mapped_column(String(1024), default="")

    problem: Mapped[Problem] = relationship(back_populates="keywords")
    keyword: Mapped[Keyword] = relationship(back_populates="problems")

    __table_args__ = (UniqueConstraint("problem_id", "keyword_id"),)
