"""When events close. Called by `tasks.backups`: backups are made more often shortly before."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import Event


def closing_times(session: Session, *, now: datetime) -> list[datetime]:
    """Return when each event that is open, or opens later, closes; those without an end are left out."""
    query = select(Event.closes_at).where(Event.closes_at >= now).order_by(Event.closes_at)
    return [closes_at for closes_at in session.scalars(query) if closes_at is not None]
