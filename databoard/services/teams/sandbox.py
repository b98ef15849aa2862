"""The sandbox: the files a team edits before it submits them."""

from collections.abc import Mapping
from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.models import EventTeam, SandboxFile, User, WorkflowElement
from databoard.services.base import contents as file_contents
from databoard.services.base import storage_quota
from databoard.services.base.files import FileStore
from databoard.services.teams.sandbox_conflicts import NewerVersion, NewerVersions, Seen, decision, is_unseen
from databoard.services.teams.sandbox_rows import (
    DEFAULT_RETENTION,
    Retention,
    elements_of,
    lock,
    point,
    rows_by_element,
    set_aside,
)


def save(
    session: Session,
    *,
    event_team: EventTeam,
    texts: Mapping[str, str],
    user: User | None,
    store: FileStore,
    now: datetime,
    seen: Seen | None = None,
    retention: Retention = DEFAULT_RETENTION,
) -> int:
    """Store edited texts; return how many files changed.

    A text that is what the page showed was not edited: it never replaces a newer version. Without `seen` the caller
    replaces knowingly.

    Raises
    ------
    RuleError
        On a name that is no editable file of the workflow, or what is no text or too long.
    NewerVersions
        If an edited file was saved by somebody else since the page was made; nothing is written then.
    """
    lock(session, event_team)
    elements = {element.name: element for element in elements_of(session, event_team)}
    contents = _contents(elements, texts)
    rows = rows_by_element(session, event_team)
    seen = seen or _as_it_is(elements, rows)
    edited = {
        name for name, content in contents.items() if file_contents.sha256_of(content) != seen.shown.get(name)
    }
    newer = _newer(elements, rows, contents, seen, store)
    if conflicts := tuple(version for version in newer if version.element in edited):
        raise NewerVersions(conflicts)
    n_saved = 0
    for name, content in contents.items():
        element, row = elements[name], rows.get(elements[name].id)
        choice = decision(element, row, seen)
        if name not in edited and not (choice and choice.is_mine):
            continue
        file = storage_quota.room(session, user=user, event_id=event_team.event_id, store=store).put(
            store, content, element
        )
        if row is not None and choice and not choice.is_mine:
            set_aside(session, row, file, user, now, retention)
        else:
            n_saved += point(session, event_team, row, element.id, file, user, now, retention)
    if n_saved:
        storage_quota.room(session, user=user, event_id=event_team.event_id, store=store).require()
    return n_saved


def newer_versions(
    session: Session, *, event_team: EventTeam, texts: Mapping[str, str], seen: Seen, store: FileStore
) -> tuple[NewerVersion, ...]:
    """Return the files that somebody saved since the page was made, edited on it or not."""
    elements = {element.name: element for element in elements_of(session, event_team)}
    return _newer(elements, rows_by_element(session, event_team), _contents(elements, texts), seen, store)


def taken(session: Session, *, event_team: EventTeam, seen: Seen) -> dict[str, str]:
    """Return by element the name of each file whose saved version was chosen over one's own text."""
    rows = rows_by_element(session, event_team)
    choices = {each: decision(each, rows.get(each.id), seen) for each in elements_of(session, event_team)}
    return {
        element.name: element.file_name
        for element, choice in choices.items()
        if choice and not choice.is_mine
    }


def require_seen(
    session: Session, *, event_team: EventTeam, texts: Mapping[str, str], seen: Seen, store: FileStore
) -> None:
    """Raise :class:`NewerVersions` unless the sandbox holds what the page shows: only that may be submitted."""
    if newer := newer_versions(session, event_team=event_team, texts=texts, seen=seen, store=store):
        raise NewerVersions(newer)


def upload(
    session: Session,
    *,
    event_team: EventTeam,
    filename: str,
    stream: IO[bytes],
    user: User,
    store: FileStore,
    now: datetime,
    texts: Mapping[str, str] | None = None,
    seen: Seen | None = None,
    retention: Retention = DEFAULT_RETENTION,
) -> str:
    """Replace one file by an uploaded one; return its element's name.

    `texts` are those of the same form, which were saved just before.

    Raises
    ------
    RuleError
        If it is no file of the workflow, no text where one is expected, or too large.
    NewerVersions
        If somebody saved the file since the page was made.
    """
    lock(session, event_team)
    elements = {element.name: element for element in elements_of(session, event_team)}
    element = file_contents.element_of_upload(filename, stream, elements.values())
    is_text = element.element_type.file_type.is_editable
    text = file_contents.uploaded_content(stream, element) if is_text else None
    room = storage_quota.room(session, user=user, event_id=event_team.event_id, store=store)
    file = room.put(store, stream if text is None else text, element)
    rows = rows_by_element(session, event_team)
    seen = seen or _as_it_is(elements, rows)
    row, form = rows.get(element.id), _contents(elements, texts or {})
    own = frozenset(
        [file.sha256, *(file_contents.sha256_of(form[name]) for name in form if name == element.name)]
    )
    if row is not None and is_unseen(element, row, own, seen):
        raise NewerVersions((_newer_version(element, row, text, store),))
    point(session, event_team, row, element.id, file, user, now, retention)
    storage_quota.room(session, user=user, event_id=event_team.event_id, store=store).require()
    return element.name


def _contents(elements: Mapping[str, WorkflowElement], texts: Mapping[str, str]) -> dict[str, bytes]:
    """Return the bytes to keep of each typed text, by element."""
    editable = [name for name, element in elements.items() if element.element_type.file_type.is_editable]
    for name in texts:
        if name not in editable:
            raise RuleError(f"Expected one of the files {', '.join(editable)}, got {name!r}.")
    return {name: file_contents.typed_content(text, elements[name]) for name, text in texts.items()}


def _as_it_is(elements: Mapping[str, WorkflowElement], rows: Mapping[int, SandboxFile]) -> Seen:
    """Return that everything was seen: for callers that no page stands between."""
    return Seen({name: rows[each.id].sha256 if each.id in rows else "" for name, each in elements.items()})


def _newer(
    elements: Mapping[str, WorkflowElement],
    rows: Mapping[int, SandboxFile],
    contents: Mapping[str, bytes],
    seen: Seen,
    store: FileStore,
) -> tuple[NewerVersion, ...]:
    own = {name: frozenset([file_contents.sha256_of(content)]) for name, content in contents.items()}
    return tuple(
        _newer_version(element, rows[element.id], contents.get(name), store)
        for name, element in elements.items()
        if is_unseen(element, rows.get(element.id), own.get(name, frozenset()), seen)
    )


def _newer_version(
    element: WorkflowElement, row: SandboxFile, mine: bytes | None, store: FileStore
) -> NewerVersion:
    is_text = element.element_type.file_type.is_editable
    return NewerVersion(
        element=element.name,
        filename=element.file_name,
        saved_by=row.updated_by.name if row.updated_by else "the organisers",
        saved_at=row.updated_at,
        sha256=row.sha256,
        theirs=store.read(row.sha256).decode(errors="replace") if is_text else None,
        mine=mine.decode() if mine is not None else None,
    )
