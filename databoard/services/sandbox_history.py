"""What the files of a sandbox held before: the list, one version in full, and back to it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from databoard.errors import Conflict, NotFound
from databoard.models import EventTeam, SandboxFile, SandboxVersion, User, WorkflowElement
from databoard.models.workflow import WorkflowElementType
from databoard.services.files import FileStore, StoredFile
from databoard.services.paging import Page, paginate
from databoard.services.sandbox_rows import DEFAULT_RETENTION, Retention, lock, point, rows_by_element


@dataclass(frozen=True)
class VersionRow:
    """A version in the list.

    Attributes
    ----------
    is_current : bool
        Whether the sandbox holds the same now.
    is_set_aside : bool
        Whether somebody typed it and then took a newer version.
    current : str
        The SHA-256 of what the sandbox holds now.
    """

    id: int
    filename: str
    saved_at: datetime
    saved_by: str
    size_bytes: int
    is_current: bool
    is_set_aside: bool
    current: str


@dataclass(frozen=True)
class VersionView:
    """One version in full; the texts are None for data."""

    row: VersionRow
    text: str | None
    current_text: str | None


def listed(session: Session, *, event_team: EventTeam, page: int = 1) -> Page:
    """Return the versions of the team's files, the latest first."""
    current = rows_by_element(session, event_team)
    query = _versions_of(event_team).order_by(SandboxVersion.id.desc())
    found = paginate(session, query, page=page)
    return found.with_rows(
        _row(version, current.get(version.workflow_element_id)) for (version,) in found.rows
    )


def view(session: Session, *, event_team: EventTeam, version_id: int, store: FileStore) -> VersionView:
    """Return one version, and what the file holds now; NotFound when it is not the team's, or gone."""
    version = _version(session, event_team, version_id)
    row = rows_by_element(session, event_team).get(version.workflow_element_id)
    if not version.workflow_element.element_type.file_type.is_editable:
        return VersionView(_row(version, row), None, None)
    current_text = store.read(row.sha256).decode(errors="replace") if row else ""
    return VersionView(_row(version, row), store.read(version.sha256).decode(errors="replace"), current_text)


def restore(
    session: Session,
    *,
    event_team: EventTeam,
    version_id: int,
    shown: str,
    user: User,
    now: datetime,
    retention: Retention = DEFAULT_RETENTION,
) -> SandboxVersion:
    """Let a file hold again what it held in a version; what it holds now stays a version.

    Parameters
    ----------
    shown : str
        The SHA-256 of what it held when the page was made.

    Raises
    ------
    NotFound
        If the version is not the team's, or gone.
    Conflict
        If somebody saved the file since.
    """
    lock(session, event_team)
    version = _version(session, event_team, version_id)
    row = rows_by_element(session, event_team).get(version.workflow_element_id)
    if row is not None and row.sha256 not in (shown, version.sha256):
        raise Conflict(
            f"{_name(row.updated_by)} saved {version.workflow_element.file_name} at "
            f"{row.updated_at:%Y-%m-%d %H:%M} UTC, after this page was made. Open the history again, then restore."
        )
    file = StoredFile(version.sha256, version.size_bytes)
    point(session, event_team, row, version.workflow_element_id, file, user, now, retention)
    return version


def _versions_of(event_team: EventTeam):
    return (
        select(SandboxVersion)
        .where(SandboxVersion.event_team_id == event_team.id)
        .options(
            selectinload(SandboxVersion.saved_by),
            selectinload(SandboxVersion.workflow_element)
            .selectinload(WorkflowElement.element_type)
            .selectinload(WorkflowElementType.file_type),
        )
    )


def _version(session: Session, event_team: EventTeam, version_id: int) -> SandboxVersion:
    version = session.scalar(_versions_of(event_team).where(SandboxVersion.id == version_id))
    if version is None:
        raise NotFound("Your team has no such version, or it was removed by its age. See the history.")
    return version


def _row(version: SandboxVersion, current: SandboxFile | None) -> VersionRow:
    return VersionRow(
        id=version.id,
        filename=version.workflow_element.file_name,
        saved_at=version.saved_at,
        saved_by=_name(version.saved_by),
        size_bytes=version.size_bytes,
        is_current=current is not None and current.sha256 == version.sha256,
        is_set_aside=version.is_set_aside,
        current=current.sha256 if current else "",
    )


def _name(user: User | None) -> str:
    return user.name if user else "starting kit"
