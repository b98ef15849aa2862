"""Change an event by hand: who sees it, whether it takes submissions, its dates and limits.

Called by ``fab set_event`` and the page of the event under ``/admin``.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import Forbidden, RuleError
from databoard.models import Event, User
from databoard.services.base import audit, setters
from databoard.services.base.database import begin_writing
from databoard.services.base.setters import Change
from databoard.services.events import ensembles
from databoard.services.events.fields import fields
from databoard.services.queue import wake


def change_event(
    session: Session, event: Event, given: Mapping[str, str], *, actor: User | None, now: datetime
) -> list[Change]:
    """Change columns of `event` by name and text; return what differs from before. `actor` None is the command line.

    Runs that have started keep the limits that they started with.

    Raises
    ------
    RuleError
        If a field cannot be changed, a text is no value of it, or the event would close before it opens.
    Forbidden
        If only an administrator of the site may change a field.
    """
    begin_writing(session)
    session.refresh(event, with_for_update=True)
    known = fields(event)
    values = setters.values_of(given, known)
    kept = [name for name in values if known[name].is_for_admins and actor is not None and not actor.is_admin]
    if any(getattr(event, name) != values[name] for name in kept):
        raise Forbidden(f"Only administrators of this server change {', '.join(kept)}.")
    changes = setters.apply(event, values)
    _check_dates(event)
    if not changes:
        return []
    names = {change.field for change in changes}
    if "max_n_ensemble" in names:
        ensembles.request_blending(session, event.id)
    if "is_frozen" in names and not event.is_frozen:
        for topic in (wake.Topic.checks, wake.Topic.training):
            wake.announce(session, topic)
    session.flush()
    audit.record_on(session, event, "set_event", actor=actor, now=now, **setters.detail_of(changes))
    return changes


def _check_dates(event: Event) -> None:
    if event.opens_at and event.closes_at and event.closes_at <= event.opens_at:
        opens, closes = setters.text_of(event.opens_at), setters.text_of(event.closes_at)
        raise RuleError(f"Expected closes_at to be after opens_at ({opens}), got {closes}.")
