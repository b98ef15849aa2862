"""Earlier versions of the files of a sandbox: the list, and one version in full."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.models import EventTeam, SandboxFile, SandboxVersion
from databoard.queries.paging import KeyPage, Position, SortColumn, page_by_key
from databoard.services.base.files import FileStore
from databoard.services.teams.sandbox_history import author_name, version_of, versions_of
from databoard.services.teams.sandbox_rows import rows_by_element


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


def listed(
    session: Session, *, event_team: EventTeam, position: Position | None = None
) -> KeyPage[VersionRow]:
    """Return the versions of the team's files, the latest first."""
    current = rows_by_element(session, event_team)
    latest_first = [SortColumn(SandboxVersion.id, True)]
    found = page_by_key(session, versions_of(event_team), latest_first, position=position)
    return found.with_rows(
        _row(version, current.get(version.workflow_element_id)) for (version,) in found.rows
    )


def view(session: Session, *, event_team: EventTeam, version_id: int, store: FileStore) -> VersionView:
    """Return one version, and what the file holds now; NotFound when it is not the team's, or gone."""
    version = version_of(session, event_team, version_id)
    row = rows_by_element(session, event_team).get(version.workflow_element_id)
    if not version.workflow_element.element_type.file_type.is_editable:
        return VersionView(_row(version, row), None, None)
    current_text = store.read(row.sha256).decode(errors="replace") if row else ""
    return VersionView(_row(version, row), store.read(version.sha256).decode(errors="replace"), current_text)


def _row(version: SandboxVersion, current: SandboxFile | None) -> VersionRow:
    return VersionRow(
        id=version.id,
        filename=version.workflow_element.file_name,
        saved_at=version.saved_at,
        saved_by=author_name(version.saved_by),
        size_bytes=version.size_bytes,
        is_current=current is not None and current.sha256 == version.sha256,
        is_set_aside=version.is_set_aside,
        current=current.sha256 if current else "",
    )
