"""The rows of sandboxes: find them, change their content, keep versions. Called by the modules ``sandbox*``."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session, joinedload

from databoard.models import EventTeam, Problem, SandboxFile, SandboxVersion, User, WorkflowElement
from databoard.services.base.database import begin_writing
from databoard.services.base.files import StoredFile

#: The latest versions of a file stay whatever their age: after a long pause one may still go back.
AGELESS_VERSIONS = 5


@dataclass(frozen=True)
class Retention:
    """How many earlier versions of each sandbox file are kept, and for how long."""

    max_versions: int = 50
    max_age: timedelta = timedelta(days=30)


DEFAULT_RETENTION = Retention()


def elements_of(session: Session, event_team: EventTeam) -> list[WorkflowElement]:
    """Return the files a submission of this event has, in order, with their types loaded."""
    return list(
        session.scalars(
            select(WorkflowElement)
            .join(Problem, Problem.workflow_id == WorkflowElement.workflow_id)
            .where(Problem.id == event_team.event.problem_id)
            .order_by(WorkflowElement.position)
        )
    )


def rows_by_element(session: Session, event_team: EventTeam) -> dict[int, SandboxFile]:
    """Return the team's files as they are now, by the number of their element."""
    query = select(SandboxFile).where(SandboxFile.event_team_id == event_team.id)
    rows = session.scalars(
        query.options(joinedload(SandboxFile.updated_by)).execution_options(populate_existing=True)
    )
    return {row.workflow_element_id: row for row in rows}


def lock(session: Session, event_team: EventTeam) -> None:
    """Let one transaction at a time change the team's sandbox; what is read afterwards is the latest."""
    begin_writing(session)
    session.refresh(event_team, with_for_update={"key_share": True})


def point(
    session: Session,
    event_team: EventTeam,
    row: SandboxFile | None,
    element_id: int,
    file: StoredFile,
    user: User | None,
    now: datetime,
    retention: Retention,
) -> bool:
    """Make `file` the current version of a sandbox file; return whether anything changed."""
    if row is not None and row.sha256 == file.sha256:
        return False
    if row is None:
        row = SandboxFile(event_team_id=event_team.id, workflow_element_id=element_id)
        session.add(row)
    else:
        _keep_what_was(session, row)
    row.sha256, row.size_bytes, row.updated_at, row.updated_by = file.sha256, file.size_bytes, now, user
    session.flush()
    session.add(_version_of(row))
    session.flush()
    _forget_old(session, row, now, retention)
    return True


def set_aside(
    session: Session,
    row: SandboxFile,
    file: StoredFile,
    user: User | None,
    now: datetime,
    retention: Retention,
) -> None:
    """Keep `file` as a version although the sandbox goes on with another."""
    version = SandboxVersion(
        event_team_id=row.event_team_id,
        workflow_element_id=row.workflow_element_id,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        saved_at=now,
        saved_by_id=user.id if user else None,
        is_set_aside=True,
    )
    session.add(version)
    session.flush()
    _forget_old(session, row, now, retention)


def _version_of(row: SandboxFile) -> SandboxVersion:
    return SandboxVersion(
        event_team_id=row.event_team_id,
        workflow_element_id=row.workflow_element_id,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        saved_at=row.updated_at,
        saved_by_id=row.updated_by_id,
    )


def _of_file(row: SandboxFile) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        SandboxVersion.event_team_id == row.event_team_id,
        SandboxVersion.workflow_element_id == row.workflow_element_id,
    )


def _keep_what_was(session: Session, row: SandboxFile) -> None:
    """Files from before there were versions, and those whose version was removed, get theirs when they go."""
    known = select(SandboxVersion.id).where(*_of_file(row), SandboxVersion.sha256 == row.sha256)
    if session.scalar(known.limit(1)) is None:
        session.add(_version_of(row))
        session.flush()


def _forget_old(session: Session, row: SandboxFile, now: datetime, retention: Retention) -> None:
    latest_first = (
        select(SandboxVersion.id, SandboxVersion.saved_at)
        .where(*_of_file(row))
        .order_by(SandboxVersion.id.desc())
    )
    oldest = now - retention.max_age
    ids = [
        version_id
        for number, (version_id, saved_at) in enumerate(session.execute(latest_first).all())
        if number >= retention.max_versions or (number >= AGELESS_VERSIONS and saved_at < oldest)
    ]
    if ids:
        session.execute(delete(SandboxVersion).where(SandboxVersion.id.in_(ids)))
