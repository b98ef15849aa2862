"""Write down who changed what, in the transaction of the change."""

from datetime import datetime

from sqlalchemy.orm import Session

from databoard.models import AuditEntry, User


def record(
    session: Session,
    *,
    actor: User | None,
    action: str,
    object_type: str,
    object_name: str,
    now: datetime,
    **detail: object,
) -> None:
    """Add one line to the audit; `actor` None is the command line or the server itself."""
    session.add(
        AuditEntry(
            at=now,
            actor=actor,
            action=action,
            object_type=object_type,
            object_name=object_name,
            detail=detail,
        )
    )
