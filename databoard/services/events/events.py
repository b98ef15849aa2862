"""The rows of events, found by name."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from databoard.errors import NotFound
from databoard.models import Event, EventScoreType, Problem, Workflow


def names(session: Session) -> list[str]:
    """Return the names of all events, in the order they were added."""
    return list(session.scalars(select(Event.name).order_by(Event.id)))


def event_by_name(session: Session, name: str) -> Event:
    """Return an event with what every page of it needs; NotFound otherwise."""
    event = session.scalar(
        select(Event)
        .where(Event.name == name)
        .options(
            selectinload(Event.score_types).selectinload(EventScoreType.score_type),
            selectinload(Event.problem).selectinload(Problem.workflow).selectinload(Workflow.elements),
        )
    )
    if event is None:
        raise NotFound(f"Expected the name of an event, got {name!r}; no event is called that.")
    return event
