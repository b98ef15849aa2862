"""Tokens of programs that act for a user."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base
from databoard.models.user import User


class Token(Base):
    """A word that a program shows in place of a login. Only its hash is kept: nobody can read the word again."""

    __tablename__ = "tokens"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256; the word has 256 random bits
    name: Mapped[str] = mapped_column(String(80), default="")  # what it is for
    scopes: Mapped[str] = mapped_column(String(80))  # what it opens, words separated by spaces
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]  # to the hour; None: never

    user: Mapped[User] = relationship()
