"""The rows of events and what their kits say: found by name, for rules and pages."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from databoard.errors import KitError, NotFound
from databoard.models import Event, EventScoreType, Problem, Workflow
from databoard.services.base.files import FileStore


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


def starting_kit(event: Event, store: FileStore) -> bytes:
    """Return the zip that participants download; nothing private is in it."""
    from databoard.kits import starting_kit_zip

    return starting_kit_zip(store.kit_path(event.problem.name))


def description_of(problem: Problem, store: FileStore) -> str:
    """Return the README of a problem's kit, Markdown; in place of one that is no text the reason."""
    from databoard.kits import read_text

    try:
        return read_text(store.kit_path(problem.name), "README.md")
    except FileNotFoundError:
        return f"# {problem.title}\n\nThe organisers have not written a description yet.\n"
    except KitError as error:
        return f"# {problem.title}\n\nThe description cannot be shown: {error}\n"
