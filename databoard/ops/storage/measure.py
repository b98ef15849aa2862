"""Measure what lies in DATABOARD_HOME: one walk over the folder, and grouped queries over the rows.

Of the site it counts the bytes of each file once, as the disk does. An account or an event is charged with each file
that one of its rows names, because teams may store the same content. Used by `snapshot`.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.models import EventTeam, SandboxVersion, Submission, SubmissionFile
from databoard.ops.storage import named
from databoard.ops.storage.walk import FoundFile, files_below, found_file
from databoard.services.base import joins
from databoard.services.base.files import FileStore

#: Of one submission: the key of its predictions, its account and its event.
_Run = tuple[str, int | None, int]


@dataclass
class Measured:
    """Bytes: of files that rows name, of those that none names, of all else; and what is charged to whom."""

    users: int = 0
    orphaned: int = 0
    admin: int = 0
    by_user: Counter[int] = field(default_factory=Counter)
    by_event: Counter[int] = field(default_factory=Counter)

    def categories(self) -> dict[str, int]:
        """Return the bytes of every category of a day."""
        owners = {f"user:{number}": size for number, size in self.by_user.items()}
        owners |= {f"event:{number}": size for number, size in self.by_event.items()}
        return {
            "total": self.users + self.admin + self.orphaned,
            "users": self.users,
            "events": self.by_event.total(),
            "admin": self.admin,
            "orphaned": self.orphaned,
            **{name: size for name, size in owners.items() if size},
        }


def measure(session: Session, store: FileStore) -> Measured:
    """Return what there is now; memory holds a few words for each submission, and never all files."""
    found = Measured()
    _charge_files(session, found)
    _add_contents(session, store.home, found)
    _add_runs(session, store.home, found)
    found.admin = _size_once(_beside(store.home))
    return found


def _charge_files(session: Session, found: Measured) -> None:
    """Charge files of submissions to who submitted, versions of sandboxes to who saved, both to the event."""
    of_submissions = joins.event_team(
        select(Submission.user_id, EventTeam.event_id, func.sum(SubmissionFile.size_bytes))
        .select_from(SubmissionFile)
        .join(Submission, Submission.id == SubmissionFile.submission_id)
    ).group_by(Submission.user_id, EventTeam.event_id)
    of_sandboxes = (
        select(SandboxVersion.saved_by_id, EventTeam.event_id, func.sum(SandboxVersion.size_bytes))
        .join(EventTeam, EventTeam.id == SandboxVersion.event_team_id)
        .group_by(SandboxVersion.saved_by_id, EventTeam.event_id)
    )
    for query in (of_submissions, of_sandboxes):
        for user_id, event_id, size in session.execute(query):
            _charge(found, user_id, event_id, int(size))


def _charge(found: Measured, user_id: int | None, event_id: int, size: int) -> None:
    found.by_event[event_id] += size
    if user_id is not None:
        found.by_user[user_id] += size


def _add_contents(session: Session, home: Path, found: Measured) -> None:
    for prefix in named.PREFIXES:
        there = list(files_below(home, f"{named.CONTENTS}/{prefix}"))
        known = named.contents(session, prefix) if there else {}
        for file in there:
            if file.path in known:
                found.users += file.size_bytes
            else:
                found.orphaned += file.size_bytes
    folder = home / named.CONTENTS
    found.orphaned += sum(file.size_bytes for file in _in_folder(home, folder, set(named.PREFIXES)))


def _add_runs(session: Session, home: Path, found: Measured) -> None:
    running = named.running(session)
    known = dict(_runs(session))
    for file in files_below(home, named.PREDICTIONS):
        parts = file.path.split("/")
        number = int(parts[1]) if parts[1].isascii() and parts[1].isdecimal() else 0
        key, user_id, event_id = known.get(number, ("", None, 0))
        if key and file.path == named.run_path(number, key):
            found.users += file.size_bytes
            _charge(found, user_id, event_id, file.size_bytes)
        elif file.path in running:
            found.users += file.size_bytes
        else:
            found.orphaned += file.size_bytes


def _runs(session: Session) -> Iterator[tuple[int, _Run]]:
    columns = (Submission.id, Submission.predictions_key, Submission.user_id, EventTeam.event_id)
    query = joins.event_team(select(*columns)).where(Submission.predictions_key != "")
    for number, key, user_id, event_id in session.execute(query.execution_options(yield_per=10_000)):
        yield number, (key, user_id, event_id)


def _beside(home: Path) -> Iterator[FoundFile]:
    """Yield every file that is neither of a team nor predicted: database, backups, logs, caches."""
    return _in_folder(home, home, {named.CONTENTS, named.PREDICTIONS})


def _in_folder(home: Path, folder: Path, without: set[str]) -> Iterator[FoundFile]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        if name not in without:
            path = os.path.relpath(folder / name, home)
            file = found_file(home, path)
            yield from [file] if file else files_below(home, path)


def _size_once(files: Iterator[FoundFile]) -> int:
    """Return the bytes of files; backups link to each other, and what is linked counts once."""
    size, seen = 0, set()
    for file in files:
        if file.n_links > 1:
            if file.inode in seen:
                continue
            seen.add(file.inode)
        size += file.size_bytes
    return size
