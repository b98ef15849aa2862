"""Contents of files that no row names any more: noted at first sight, removed after a grace period.

A content is stored once, whatever number of sandboxes, earlier versions and submissions of any team hold it. Rows go
first, such as old versions of a sandbox; the content follows here, long after the commit, as in `trash`. It stays at
its place until then. A note in ``trash/contents/`` says since when nothing names it. Called by `ops.trash`.
"""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from databoard.models import SandboxFile, SandboxVersion, SubmissionFile
from databoard.services.base.files import FileStore
from databoard.services.base.trash import Emptied, require_own

#: The columns that name contents.
NAMING = (
    SandboxFile.__table__.c.sha256,
    SandboxVersion.__table__.c.sha256,
    SubmissionFile.__table__.c.sha256,
)
#: Notes written and contents removed in one round; the next round goes on.
MAX_STEPS = 5_000
#: Fewer than the variables that a statement may have on every database.
_MAX_ASKED = 500


def empty(session: Session, *, store: FileStore, now: datetime, keep: timedelta) -> Emptied:
    """Note which contents no row names, and remove those that none has named for `keep`.

    A content that is named again, or stored again, loses its note: a row may name it in a moment.

    Raises
    ------
    RuleError
        If the folder belongs to another database.
    """
    require_own(session, store.home / "trash")
    store.put_back_contents()
    folder = store.home / "trash" / "contents"
    notes = _read(folder)
    gone = set(notes)
    n_steps = n_removed = n_unnamed = 0
    for (
        found
    ) in store.stored_contents():  # listed before the rows are read: what is saved later is not looked at
        unnamed = found.keys() - _named(session, list(found))
        n_unnamed += len(unnamed)
        gone -= found.keys()
        for sha256 in found.keys() & notes.keys():
            if sha256 not in unnamed or notes[sha256].written_ns != found[sha256]:
                notes.pop(sha256).path.unlink(missing_ok=True)
        for sha256 in sorted(unnamed):
            note = notes.get(sha256)
            if n_steps >= MAX_STEPS or (note is not None and note.since > now - keep):
                continue
            n_steps += 1
            if note is None:
                _write(folder, sha256, found[sha256], now)
            else:
                n_removed += store.remove_content(sha256, written_ns=note.written_ns)
                note.path.unlink(missing_ok=True)
    for sha256 in gone:  # a process that was killed removed the content and not its note
        notes[sha256].path.unlink(missing_ok=True)
    return Emptied(n_removed, n_unnamed - n_removed)


def _named(session: Session, addresses: list[str]) -> set[str]:
    """Return which of these contents a row names."""
    return {
        sha256
        for start in range(0, len(addresses), _MAX_ASKED)
        for column in NAMING
        for sha256 in session.scalars(_asked(column, addresses[start : start + _MAX_ASKED]))
    }


def _asked(column: ColumnElement[Any], addresses: list[str]) -> Select[Any]:
    return select(column).where(column.in_(addresses)).distinct()


@dataclass(frozen=True)
class _Note:
    """Since when no row names a content, and when that was written. All of it is the name of an empty file."""

    path: Path
    written_ns: int
    since: datetime


def _read(folder: Path) -> dict[str, _Note]:
    found = {}
    for path in folder.glob("*.*.*"):
        sha256, written_ns, since_s = path.name.split(".", 2)
        with contextlib.suppress(ValueError, OverflowError):  # a file of somebody else
            found[sha256] = _Note(path, int(written_ns), datetime.fromtimestamp(int(since_s), UTC))
    return found


def _write(folder: Path, sha256: str, written_ns: int, now: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{sha256}.{written_ns}.{ceil(now.timestamp())}").touch()
