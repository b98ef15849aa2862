"""Compute the stored rows of leaderboards again, and tell what differed. Called by the fab task."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from databoard.ops import schema
from databoard.services.base.database import open_database, transaction
from databoard.services.boards import rows
from databoard.services.events import events

if TYPE_CHECKING:
    from config import Config


def rebuild(
    config: "Config", *, event_name: str | None = None
) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """Rebuild the boards of one event or of all, each in a transaction of its own.

    Yields
    ------
    name of the event, records of what differed
        After its transaction; no records when every stored value was right.

    Raises
    ------
    NotFound
        If there is no such event.
    """
    with open_database(config) as database:
        schema.require_current(database.engine)
        with transaction(database.sessions) as session:
            names = [event_name] if event_name else events.names(session)
        for name in names:
            with transaction(database.sessions) as session:
                found = rows.rebuild(session, events.event_by_name(session, name))
            yield name, [{"event": name, **asdict(difference)} for difference in found]
