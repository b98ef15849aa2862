"""Which rows of events a viewer of a table sees: an administrator all, an organiser those of their own events."""

from sqlalchemy import ColumnElement, select, true

from databoard.models import Event, EventAdmin
from databoard.queries.tables.table import Asked


def own_events(asked: Asked) -> ColumnElement[bool]:
    """Return the condition of the events whose rows the viewer sees."""
    if asked.viewer is None or asked.viewer.is_admin:
        return true()
    return Event.id.in_(select(EventAdmin.event_id).where(EventAdmin.admin_id == asked.viewer.id))
