"""Dates, limits and visibility of an event that exists, read again from its file. Called by `provisioning`."""

from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import NotFound
from databoard.models import Event
from databoard.services.base import audit
from databoard.services.base.files import FileStore
from databoard.services.events import ensembles
from databoard.services.events.catalogue import Done


def apply_event_file(session: Session, event: Event, *, store: FileStore, now: datetime) -> Done:
    """Let an event follow its file in all but its scores; an event without a file stays as it is.

    Folds, scores and submissions stay. A run that has started ends under the limits it started with.
    """
    changes = _changes(event, store)
    if not changes:
        return Done(f"Event {event.name} exists.", False)
    if "max_n_ensemble" in changes:
        ensembles.request_blending(session, event.id)
    texts = {key: f"{_text(getattr(event, key))} -> {_text(value)}" for key, value in changes.items()}
    for key, value in changes.items():
        setattr(event, key, value)
    session.flush()
    audit.record_on(session, event, "change_event", actor=None, now=now, **texts)
    listed = ", ".join(f"{key} {text}" for key, text in texts.items())
    return Done(f"Event {event.name} exists; changed as its file says: {listed}.", True)


def _changes(event: Event, store: FileStore) -> dict[str, object]:
    from databoard import kits

    try:
        path, event_file = kits.locate_event(store.problems, event.name)
    except NotFound:
        return {}
    if event_file is None:
        return {}
    settings = kits.event_settings(path, event_file)
    # Of an event whose file names no date of opening, the opening is the day it was made.
    settings["opens_at"] = settings["opens_at"] or event.opens_at
    settings["public_opens_at"] = settings["public_opens_at"] or settings["opens_at"]
    return {key: value for key, value in settings.items() if getattr(event, key) != value}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
