"""The sandbox: the files a team edits before it submits them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ..errors import RuleError
from ..models import EventTeam, SandboxFile, SubmissionFileTypeExtension, User, WorkflowElement
from ..models.workflow import SubmissionFileType, WorkflowElementType
from .files import FileStore, StoredFile


@dataclass(frozen=True)
class SandboxFileView:
    """A file of the sandbox as the page shows it; `text` is None for data."""

    element: str
    filename: str
    extension: str
    is_editable: bool
    text: str | None
    size_bytes: int
    max_size_bytes: int
    updated_at: datetime | None
    updated_by: str


def elements_of(session: Session, event_team: EventTeam) -> list[WorkflowElement]:
    """Return the files a submission of this event has, in order, with their types loaded."""
    workflow_id = event_team.event.problem.workflow_id
    return list(
        session.scalars(
            select(WorkflowElement)
            .where(WorkflowElement.workflow_id == workflow_id)
            .order_by(WorkflowElement.position)
            .options(
                selectinload(WorkflowElement.element_type)
                .selectinload(WorkflowElementType.file_type)
                .selectinload(SubmissionFileType.extensions)
                .selectinload(SubmissionFileTypeExtension.extension)
            )
        )
    )


def rows_by_element(session: Session, event_team: EventTeam) -> dict[int, SandboxFile]:
    query = select(SandboxFile).where(SandboxFile.event_team_id == event_team.id)
    rows = session.scalars(query.options(selectinload(SandboxFile.updated_by)))
    return {row.workflow_element_id: row for row in rows}


def files(session: Session, *, event_team: EventTeam, store: FileStore) -> tuple[SandboxFileView, ...]:
    """Return every file of the workflow with what the team has put there."""
    rows = rows_by_element(session, event_team)
    return tuple(_view(element, rows.get(element.id), store) for element in elements_of(session, event_team))


def save(
    session: Session,
    *,
    event_team: EventTeam,
    texts: dict[str, str],
    user: User | None,
    store: FileStore,
    now: datetime,
) -> int:
    """Store edited texts; return how many changed.

    Raises
    ------
    RuleError
        On a name that is no editable file of the workflow, or a text that is too long.
    """
    elements = {element.name: element for element in elements_of(session, event_team)}
    stored = {}
    for name, text in texts.items():
        element = elements.get(name)
        if element is None or not element.element_type.file_type.is_editable:
            editable = [e.name for e in elements.values() if e.element_type.file_type.is_editable]
            raise RuleError(f"Expected one of the files {', '.join(editable)}, got {name!r}.")
        content = _clean(text).encode()
        stored[element.id] = _put(store, content, element)
    rows = rows_by_element(session, event_team)
    return sum(
        _point(session, event_team, rows, element_id, file, user, now) for element_id, file in stored.items()
    )


def upload(
    session: Session,
    *,
    event_team: EventTeam,
    filename: str,
    stream: BinaryIO,
    user: User,
    store: FileStore,
    now: datetime,
) -> str:
    """Replace one file by an uploaded one; return its element's name.

    The stem of `filename` chooses the element; the name is used for nothing else.
    """
    element = _element_for(filename, elements_of(session, event_team))
    if element.element_type.file_type.is_editable:
        max_bytes = element.element_type.file_type.max_size_bytes
        content = stream.read(max_bytes + 1)
        if len(content) > max_bytes:  # before cleaning shortens it: half a file is worse than none
            raise RuleError(f"{element.file_name}: Expected a file of at most {max_bytes:,} bytes, got more.")
        try:
            file = _put(store, _clean(content.decode("utf-8-sig")).encode(), element)
        except UnicodeDecodeError:
            raise RuleError(f"Expected {element.file_name} as UTF-8 text, got other bytes.") from None
    else:
        file = _put(store, stream, element)
    _point(session, event_team, rows_by_element(session, event_team), element.id, file, user, now)
    return element.name


def fill_with_starting_kit(
    session: Session, *, event_team: EventTeam, store: FileStore, now: datetime
) -> None:
    """Copy the starting kit into the files that the team does not have yet."""
    from ..kits import starting_kit_files

    kit_files = starting_kit_files(store.kit_path(event_team.event.problem.name))
    rows = rows_by_element(session, event_team)
    for element in elements_of(session, event_team):
        if element.id not in rows and element.file_name in kit_files:
            file = _put(store, kit_files[element.file_name], element)
            _point(session, event_team, rows, element.id, file, None, now)


def _put(store: FileStore, content: bytes | BinaryIO, element: WorkflowElement) -> StoredFile:
    try:
        return store.put(content, max_bytes=element.element_type.file_type.max_size_bytes)
    except RuleError as error:
        raise RuleError(f"{element.file_name}: {error}") from None


def _point(session, event_team, rows, element_id, file: StoredFile, user, now) -> bool:
    """Let the sandbox's file be `file`; return whether that changed anything."""
    row = rows.get(element_id)
    if row is not None and row.sha256 == file.sha256:
        return False
    if row is None:
        row = SandboxFile(event_team_id=event_team.id, workflow_element_id=element_id)
        session.add(row)
        rows[element_id] = row
    row.sha256, row.size_bytes, row.updated_at, row.updated_by = file.sha256, file.size_bytes, now, user
    session.flush()
    return True


def _element_for(filename: str, elements: list[WorkflowElement]) -> WorkflowElement:
    path = PurePath(filename.replace("\\", "/"))
    stem, extension = path.stem, path.suffix.lstrip(".").lower()
    element = next((element for element in elements if element.name == stem), None)
    if element is None:
        names = ", ".join(element.file_name for element in elements)
        raise RuleError(
            f"Expected a file called one of {names}, got {path.name!r}. Rename it and upload again."
        )
    accepted = {link.extension.name for link in element.element_type.file_type.extensions}
    if extension != element.extension or extension not in accepted:
        raise RuleError(f"Expected {element.file_name}, got {path.name!r}. Rename it and upload again.")
    return element


def _view(element: WorkflowElement, row: SandboxFile | None, store: FileStore) -> SandboxFileView:
    file_type = element.element_type.file_type
    text = None
    if file_type.is_editable:
        text = store.read(row.sha256).decode(errors="replace") if row else ""
    by = (row.updated_by.name if row.updated_by else "starting kit") if row else ""
    return SandboxFileView(
        element.name,
        element.file_name,
        element.extension,
        file_type.is_editable,
        text,
        row.size_bytes if row else 0,
        file_type.max_size_bytes,
        row.updated_at if row else None,
        by,
    )


def _clean(text: str) -> str:
    """Use one kind of line end, end with one, hold no NUL."""
    if "\0" in text:
        raise RuleError("Expected text, got a NUL character. Upload binary files as data instead.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise RuleError("Expected text, got half of a character (a lone surrogate).")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if not text or text.endswith("\n") else text + "\n"
