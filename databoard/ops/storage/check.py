"""Compare the files of teams and submissions with the rows that name them: ``fab check_storage`` and the schedule.

Folders are read before rows, one at a time, so a file that is saved meanwhile is named when its row is asked for.
What the trash has noted is no finding: it waits there for its time.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session, sessionmaker

from databoard.errors import Conflict
from databoard.models import StorageFinding
from databoard.ops.storage import named
from databoard.ops.storage.walk import FoundFile, files_below, found_file
from databoard.ops.trash import HELD
from databoard.services.base import trash, trash_hold
from databoard.services.base.database import take_turn, transaction
from databoard.services.base.files import FileStore
from databoard.states import StorageProblem

#: A younger file is never removed: somebody may be about to name it.
MIN_AGE = timedelta(hours=24)
#: How long findings that were fixed are kept.
KEEP_FIXED = timedelta(days=180)
#: Files whose upload or removal is under way begin so.
_UNDER_WAY = (".incoming-", ".removing-")
#: Any number that no other turn has.
_TURN = 7_241_118
_NS = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """A file that does not fit the rows; `written_ns` is of an orphaned one."""

    problem: StorageProblem
    path: str
    bytes: int | None = None
    expected_bytes: int | None = None
    owner: str = ""
    written_ns: int = 0
    is_fixed: bool = False


def check_storage(
    sessions: sessionmaker[Session], store: FileStore, *, now: datetime, fix: bool = False
) -> list[Finding]:
    """Return what does not fit and write it into the table of findings, in place of what was found before.

    Parameters
    ----------
    fix : bool
        Remove orphaned files of at least `MIN_AGE`, each looked at again. Missing files are never touched.

    Raises
    ------
    Conflict
        If a backup needs the files; nothing is removed then.
    RuleError
        If the folder belongs to another database and files would be removed.
    """
    with transaction(sessions) as session:
        found = [*_of_contents(session, store, now), *_of_runs(session, store)]
        findings = [_with_owner(session, each) for each in found]
    with transaction(sessions) as session:  # another one: what is removed is asked for again
        take_turn(session, _TURN)
        if fix:
            findings = _fix(session, store, findings, now)
        _keep(session, findings, now)
    return findings


def _of_contents(session: Session, store: FileStore, now: datetime) -> Iterator[Finding]:
    home, noted = store.home, _noted_contents(store.home)
    for prefix in named.PREFIXES:
        there = {file.path: file for file in files_below(home, f"{named.CONTENTS}/{prefix}")}
        known = named.contents(session, prefix)
        yield from _missing(home, known.keys() - there.keys())
        for path, file in there.items():
            sizes = known.get(path)
            if sizes is None:
                if path.rpartition("/")[2] not in noted:
                    yield _orphan(file)
            elif not sizes.least == sizes.largest == file.size_bytes and sizes.least >= 0:
                expected = sizes.least if sizes.least != file.size_bytes else sizes.largest
                yield Finding(StorageProblem.wrong_size, path, file.size_bytes, expected)
    for file in _beside(home, now):
        yield _orphan(file)


def _beside(home: Path, now: datetime) -> Iterator[FoundFile]:
    """Yield what lies in the folder of contents and in none of its own folders."""
    folders = {*named.PREFIXES}
    try:
        names = os.listdir(home / named.CONTENTS)
    except FileNotFoundError:
        return
    for name in names:
        if name in folders:
            continue
        path = f"{named.CONTENTS}/{name}"
        file = found_file(home, path)
        found = [file] if file else files_below(home, path)
        yield from (each for each in found if not (name.startswith(_UNDER_WAY) and _is_young(each, now)))


def _of_runs(session: Session, store: FileStore) -> Iterator[Finding]:
    home, noted = store.home, _noted_runs(store.home)
    there = {file.path: file for file in files_below(home, named.PREDICTIONS)}
    running = named.running(
        session
    )  # before the submissions: a job that records in between is found with its own
    known = {path for path, _ in named.runs(session)}
    yield from _missing(home, known - there.keys())
    for path in there.keys() - known - running:
        if path not in noted:
            yield _orphan(there[path])


def _missing(home: Path, paths: Iterable[str]) -> Iterator[Finding]:
    for path in sorted(paths):
        if found_file(home, path) is None:  # looked at again: it may have been saved a moment ago
            yield Finding(StorageProblem.missing, path)


def _orphan(file: FoundFile) -> Finding:
    return Finding(StorageProblem.orphaned, file.path, file.size_bytes, written_ns=file.written_ns)


def _noted_contents(home: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in (home / "trash" / "contents").glob("*.*.*")}


def _noted_runs(home: Path) -> set[str]:
    """Return the paths of predictions that the trash has noted, by the names of its notes."""
    parts = (path.name.partition("-") for path in (home / "trash").glob("*-*"))
    return {named.run_path(int(number), key) for number, _, key in parts if number.isdecimal()}


def _with_owner(session: Session, finding: Finding) -> Finding:
    if finding.problem is StorageProblem.orphaned:
        return finding
    return replace(finding, owner=named.owner(session, finding.path))


def _fix(session: Session, store: FileStore, findings: list[Finding], now: datetime) -> list[Finding]:
    trash.require_own(session, store.home / "trash")
    with trash_hold.removing(store.home) as may_remove:
        if not may_remove:
            raise Conflict(HELD)
        return [_fixed(session, store, each, now) for each in findings]


def _fixed(session: Session, store: FileStore, finding: Finding, now: datetime) -> Finding:
    """Remove an orphaned file when it is old enough and still what it was; return what became of it."""
    if finding.problem is not StorageProblem.orphaned:
        return finding
    file = found_file(store.home, finding.path)
    if file is None or file.written_ns != finding.written_ns or _is_young(file, now):
        return finding
    return replace(finding, is_fixed=_remove(session, store, finding))


def _remove(session: Session, store: FileStore, finding: Finding) -> bool:
    sha256 = finding.path.rpartition("/")[2]
    if finding.path == named.content_path(sha256):
        if named.is_content_named(session, sha256):
            return False
        return store.remove_content(sha256, written_ns=finding.written_ns)
    if named.is_run_named(session, finding.path):
        return False
    (store.home / finding.path).unlink(missing_ok=True)
    return True


def _is_young(file: FoundFile, now: datetime) -> bool:
    return file.written_ns > (now - MIN_AGE).timestamp() * _NS


def _keep(session: Session, findings: list[Finding], now: datetime) -> None:
    old = (StorageFinding.fixed_at.is_(None)) | (StorageFinding.fixed_at < now - KEEP_FIXED)
    session.execute(delete(StorageFinding).where(old))
    if findings:
        session.execute(insert(StorageFinding), [_row(each, now) for each in findings])


def _row(finding: Finding, now: datetime) -> dict[str, object]:
    return {
        "found_at": now,
        "problem": finding.problem,
        "path": printable(finding.path),
        "bytes": finding.bytes,
        "expected_bytes": finding.expected_bytes,
        "owner": finding.owner,
        "fixed_at": now if finding.is_fixed else None,
    }


def printable(path: str) -> str:
    """Return a path that a database can keep: names of files need not be text."""
    return path.encode("utf-8", "backslashreplace").decode()
