"""Problems as visitors see them: the description, what a submission consists of, where it runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from databoard.errors import KitError, NotFound
from databoard.models import Problem
from databoard.queries import events, problem_rows
from databoard.queries.events import EventCard
from databoard.queries.kit_files import description_of
from databoard.services.base import notebook_files
from databoard.services.base.files import FileStore
from databoard.services.people import access
from databoard.services.people.rights import Asker

if TYPE_CHECKING:
    from databoard.kits import Environment


@dataclass(frozen=True)
class ProblemPage:
    """Everything the page of a problem shows.

    Attributes
    ----------
    description : str
        Markdown.
    files : tuple of str
        Names of the files that a submission consists of.
    cards : tuple of EventCard
        The events that the visitor may know of, the last opened first.
    environment : Environment or None
        Where submissions run; ``None`` for the server's own environment.
    environment_fault : str
        Why nothing can run now, for organisers; empty when all is well.
    """

    name: str
    title: str
    description: str
    workflow_name: str
    files: tuple[str, ...]
    has_notebook: bool
    cards: tuple[EventCard, ...]
    environment: "Environment | None"
    environment_fault: str


def page(session: Session, *, name: str, user: Asker | None, store: FileStore, now: datetime) -> ProblemPage:
    """Return the page of a problem; NotFound when `user` may know of none of its events."""
    problem = problem_rows.find(session, Problem.name == name)
    cards = () if problem is None else _cards(session, problem, user, now)
    if problem is None or not (cards or (user is not None and user.is_admin)):
        raise NotFound(f"Expected the name of a problem, got {name!r}; no problem is called that.")
    environment, fault = _environment(problem, store)
    return ProblemPage(
        name=problem.name,
        title=problem.title,
        description=description_of(problem, store),
        workflow_name=problem.workflow.name,
        files=tuple(element.file_name for element in problem.workflow.elements),
        has_notebook=notebook_files.is_there(store, problem.name),
        cards=cards,
        environment=environment,
        environment_fault=fault,
    )


def name_behind(session: Session, *, name: str, user: Asker | None) -> str:
    """Return the problem of the event `name`, if `user` may read that event; else `name` as it is."""
    try:
        found = access.event_access_by_name(session, name=name, user=user)
    except NotFound:
        return name
    return found.event.problem.name if found.can_read_event else name


def _cards(session: Session, problem: Problem, user: Asker | None, now: datetime) -> tuple[EventCard, ...]:
    return events.cards(session, user=user, now=now, problem=problem).rows


def _environment(problem: Problem, store: FileStore) -> "tuple[Environment | None, str]":
    from databoard.kits import built_environment, find_environment

    try:
        return find_environment(store.home, store.kit_path(problem.name)), ""
    except KitError as error:
        return built_environment(store.home, problem.name), str(error)
