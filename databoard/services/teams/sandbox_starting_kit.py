"""The first content of a sandbox: the files of the problem's starting kit. Called by ``teams``."""

from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import KitError, RuleError
from databoard.models import EventTeam, WorkflowElement
from databoard.services.base import contents
from databoard.services.base.files import FileStore, StoredFile
from databoard.services.teams.sandbox_rows import DEFAULT_RETENTION, elements_of, point, rows_by_element


def fill_with_starting_kit(
    session: Session, *, event_team: EventTeam, store: FileStore, now: datetime
) -> None:
    """Copy the starting kit into the files that the team does not have yet.

    Raises
    ------
    RuleError
        If the kit has none, or a file that cannot be used; no row is written then.
    """
    try:
        files_of_kit = _starting_kit(session, event_team, store)
    except (KitError, RuleError) as error:
        raise RuleError(
            f"The starting kit cannot be used: {error} Please report it to the organisers."
        ) from None
    for element, file in files_of_kit.items():
        point(session, event_team, None, element.id, file, None, now, DEFAULT_RETENTION)


def _starting_kit(
    session: Session, event_team: EventTeam, store: FileStore
) -> dict[WorkflowElement, StoredFile]:
    """Store the files of the kit that the team does not have yet, all of them before any row names one."""
    from databoard.kits import starting_kit_files

    kit_files = starting_kit_files(store.kit_path(event_team.event.problem.name))
    rows, stored = rows_by_element(session, event_team), {}
    for element in elements_of(session, event_team):
        if element.id not in rows and element.file_name in kit_files:
            content = kit_files[element.file_name]
            if element.element_type.file_type.is_editable:
                content = contents.editable_content(content, element)
            stored[element] = contents.put(store, content, element)
    return stored
