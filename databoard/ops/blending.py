"""Messages for operators about blending: whether an event is due, and which worker blends it."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from databoard.services.base.database import open_database, transaction
from databoard.services.events import ensembles, events
from databoard.services.queue import workers

if TYPE_CHECKING:
    from config import Config


def due_note(session: Session, event_name: str, *, now: datetime, lease_s: float) -> str:
    """Return that an event's contributivities are being computed, and what that needs; empty when they are not."""
    if events.event_by_name(session, event_name).id not in ensembles.due(session):
        return ""
    note = f"The contributivities of {event_name} are being computed; until then the earlier ones are shown."
    if workers.n_alive(session, now=now, lease_s=lease_s):
        return f"{note} A running worker computes them."
    command = f"fab compute_contributivity:{event_name}"
    return f"{note} No worker is running: start one with fab worker, or compute them now: {command}"


def is_any_due(config: "Config") -> bool:
    """Return whether the blending of some event is due."""
    with open_database(config) as database, transaction(database.sessions) as session:
        return bool(ensembles.due(session))
