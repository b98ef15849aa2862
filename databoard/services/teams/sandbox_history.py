"""Versions of sandbox files: find one, and restore it. `queries.sandbox_history` lists and shows them."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from databoard.errors import Conflict, NotFound
from databoard.models import EventTeam, SandboxVersion, User
from databoard.services.base import storage_quota
from databoard.services.base.files import FileStore, StoredFile
from databoard.services.teams.sandbox_rows import DEFAULT_RETENTION, Retention, lock, point, rows_by_element


def restore(
    session: Session,
    *,
    event_team: EventTeam,
    version_id: int,
    shown: str,
    user: User,
    store: FileStore,
    now: datetime,
    retention: Retention = DEFAULT_RETENTION,
) -> SandboxVersion:
    """Restore a file to an earlier version; its current content stays in the history.

    Parameters
    ----------
    shown : str
        The SHA-256 of its content when the page was made.

    Raises
    ------
    NotFound
        If the team has no such version (any more).
    Conflict
        If somebody saved the file after the page was made.
    QuotaExceeded
        If one more version is more than may be kept.
    """
    lock(session, event_team)
    version = version_of(session, event_team, version_id)
    row = rows_by_element(session, event_team).get(version.workflow_element_id)
    if row is not None and row.sha256 not in (shown, version.sha256):
        raise Conflict(
            f"{author_name(row.updated_by)} saved {version.workflow_element.file_name} at "
            f"{row.updated_at:%Y-%m-%d %H:%M} UTC, after this page was made. Open the history again, then restore."
        )
    file = StoredFile(version.sha256, version.size_bytes)
    point(session, event_team, row, version.workflow_element_id, file, user, now, retention)
    storage_quota.room(session, user=user, event_id=event_team.event_id, store=store).require()
    return version


def versions_of(event_team: EventTeam) -> Select[SandboxVersion]:
    """Return the query of the versions of a team's files, with who saved them."""
    return (
        select(SandboxVersion)
        .where(SandboxVersion.event_team_id == event_team.id)
        .options(
            joinedload(SandboxVersion.saved_by), joinedload(SandboxVersion.workflow_element, innerjoin=True)
        )
    )


def version_of(session: Session, event_team: EventTeam, version_id: int) -> SandboxVersion:
    """Return one version of a team's files; NotFound when it is not the team's, or gone."""
    version: SandboxVersion | None = session.scalar(
        versions_of(event_team).where(SandboxVersion.id == version_id)
    )
    if version is None:
        raise NotFound("Your team has no such version, or it was too old and was removed. See the history.")
    return version


def author_name(user: User | None) -> str:
    """Return who saved a version; what nobody saved came with the starting kit."""
    return user.name if user else "starting kit"
