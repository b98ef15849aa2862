"""Who changed what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base
from databoard.models.user import User


class AuditEntry(Base):
    """One change by a person or by the command line; written in the transaction of the change."""

    __tablename__ = "audit"

    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(  # None: the command line or the server itself
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    action: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(32))
    object_name: Mapped[str] = mapped_column(String(128))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    actor: Mapped[User | None] = relationship()

    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_object_type_object_name_at", "object_type", "object_name", "at"),
    )
