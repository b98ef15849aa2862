"""Predictions that no submission names any more: noted at first sight, removed after a grace period.

A row names the predictions of a scored submission by the lease of the job that made them. Reruns and deletions change
rows only; the files follow here, long after the commit. So a copy of the database fits a copy of the folder that was
made later, within the grace period. What lies in the trash stays at its place in ``predictions/``: only a note in
``trash/`` says since when nothing names it. Called by `ops.trash`.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.models import Job, Submission, User
from databoard.services.base.files import FileStore

#: The file in the trash that says whose predictions these are.
OWNER = "owner"
#: The predictions of one run of a submission: its id and the lease of the job.
Run = tuple[int, str]


@dataclass(frozen=True)
class Emptied:
    """The result of emptying the trash: how many runs or files were removed, and how many are not old enough yet."""

    n_removed: int
    n_waiting: int


def empty(session: Session, *, store: FileStore, now: datetime, keep: timedelta) -> Emptied:
    """Note what no row names, and remove what no row has named for `keep`; what is named again loses its note.

    Only the current rows decide, also after a backup was restored. The database must be the one that the files belong
    to: a test database or a new one names none of them, so all would be removed.

    Raises
    ------
    RuleError
        If the folder belongs to another database.
    """
    require_own(session, store.home / "trash")
    there = store.stored_runs()  # before the rows are read, so that what is saved later is not touched
    unnamed = there - _named(session)
    notes = _Notes(store.home / "trash")
    since = notes.read()
    for run in since.keys() - unnamed:
        notes.drop(run)
    for run in unnamed - since.keys():
        notes.write(run, now)
    old = {run for run in unnamed if since.get(run, now) <= now - keep}
    for run in old:
        store.remove_predictions(*run)
        notes.drop(run)
    return Emptied(len(old), len(unnamed) - len(old))


def require_own(session: Session, folder: Path) -> None:
    """Mark the folder with the first account of its database, which a copy of the database keeps."""
    first = session.execute(select(User.name, User.created_at).order_by(User.id).limit(1)).first()
    identity = f"{first.name} {first.created_at.isoformat()}" if first else "one without accounts"
    mark = folder / OWNER
    if not mark.exists():
        if first is None:
            raise RuleError(
                "Expected a database with accounts, got one without accounts. Nothing was removed."
            )
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text(f"{identity}\n")
    known = mark.read_text().strip()
    if known != identity:
        raise RuleError(
            f"Expected the database whose first account is {known}, got {identity}. Nothing was removed: the "
            f"predictions may be another database's. If they are this one's, delete {mark} and try again."
        )


def forget_owner(folder: Path) -> None:
    """Let the next round mark the folder again: a restored database may have another first account."""
    (folder / OWNER).unlink(missing_ok=True)


def _named(session: Session) -> set[Run]:
    """Return what rows name or may name soon: running jobs save before they record.

    Jobs are read first: one that records in between is found with its submission.
    """
    leases = session.execute(select(Job.submission_id, Job.lease).where(Job.lease.is_not(None))).all()
    keys = session.execute(select(Submission.id, Submission.predictions_key)).all()
    return {(submission_id, key) for submission_id, key in [*leases, *keys] if key}


class _Notes:
    """Files in the trash, one a run, that say since when nothing names it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> dict[Run, datetime]:
        found = {}
        for path in self._folder.glob("*-*"):
            submission_id, _, key = path.name.partition("-")
            with contextlib.suppress(ValueError, OSError):  # not ours, half written, or dropped a moment ago
                found[int(submission_id), key] = datetime.fromisoformat(path.read_text().strip())
        return found

    def write(self, run: Run, now: datetime) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path(run).write_text(f"{now.isoformat()}\n")

    def drop(self, run: Run) -> None:
        self._path(run).unlink(missing_ok=True)

    def _path(self, run: Run) -> Path:
        return self._folder / f"{run[0]:09d}-{run[1]}"
