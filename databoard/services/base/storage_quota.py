"""How many bytes an account and an event may keep, and how many they keep.

Charged are the files of submissions and every kept version of a sandbox file: to the account that submitted or saved
it, and to the event. Nothing is stored of the sum, so nothing can drift. Each writer takes a lock first, so two
uploads at once never pass a quota together. Called by `submit` and the modules ``sandbox*``.
"""

from dataclasses import dataclass
from typing import IO

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from databoard.errors import DiskFull, QuotaExceeded, RuleError
from databoard.models import (
    Event,
    EventTeam,
    SandboxVersion,
    Submission,
    SubmissionFile,
    User,
    WorkflowElement,
)
from databoard.services.base import contents
from databoard.services.base.database import take_turn
from databoard.services.base.files import FileStore, StoredFile

#: Locks of accounts and of events; no other lock has such numbers.
_USERS, _EVENTS = 7_241 << 40, 7_242 << 40


@dataclass(frozen=True)
class Room:
    """How many bytes may still be kept, and why no more. None: as many as one likes."""

    n_bytes: int | None
    why: str

    def put(self, store: FileStore, content: bytes | IO[bytes], element: WorkflowElement) -> StoredFile:
        """Store a file, and stop while it comes in when it does not fit.

        Raises
        ------
        QuotaExceeded
            If it is larger than the room; nothing is kept then.
        RuleError
            If it is larger than its kind may be.
        """
        largest = element.element_type.file_type.max_size_bytes
        if self.n_bytes is None or self.n_bytes >= largest:
            return contents.put(store, content, element)
        try:
            return store.put(content, max_bytes=max(self.n_bytes, 0))
        except DiskFull:
            raise
        except RuleError:
            raise QuotaExceeded(self.why) from None

    def require(self) -> None:
        """Raise QuotaExceeded when more is kept than may be."""
        if self.n_bytes is not None and self.n_bytes < 0:
            raise QuotaExceeded(self.why)


def room(session: Session, *, user: User | None, event_id: int, store: FileStore) -> Room:
    """Return what may still be kept; nobody else adds to it until this transaction ends."""
    found = [_of_user(session, user, store)] if user is not None else []
    limit = session.scalar(select(Event.quota).where(Event.id == event_id)) or 0
    if limit:
        take_turn(session, _EVENTS + event_id)
        used = used_by_event(session, event_id)
        words = (
            f"This event may keep {limit:,} bytes and has {used:,}. Its teams may delete failed submissions."
        )
        found.append(Room(limit - used, words))
    known = [each for each in found if each.n_bytes is not None]
    return min(known, key=lambda each: each.n_bytes or 0, default=Room(None, ""))


def _of_user(session: Session, user: User, store: FileStore) -> Room:
    take_turn(session, _USERS + user.id)
    own = session.scalar(select(User.quota).where(User.id == user.id))
    limit = store.user_quota_bytes if own is None else own
    used = used_by_user(session, user.id)
    words = (
        f"You may keep {limit:,} bytes and have {used:,}. What may be deleted: your submissions that failed. "
        "Ask the organisers, who can also give you more."
    )
    return Room(limit - used, words)


def used_by_user(session: Session, user_id: int) -> int:
    """Return the bytes that are charged to an account."""
    return _sum(session, Submission.user_id == user_id, SandboxVersion.saved_by_id == user_id)


def used_by_event(session: Session, event_id: int) -> int:
    """Return the bytes that are charged to an event."""
    teams = select(EventTeam.id).where(EventTeam.event_id == event_id)
    return _sum(session, Submission.event_team_id.in_(teams), SandboxVersion.event_team_id.in_(teams))


def _sum(session: Session, of_submission: ColumnElement[bool], of_version: ColumnElement[bool]) -> int:
    files = select(func.sum(SubmissionFile.size_bytes)).join(Submission).where(of_submission)
    versions = select(func.sum(SandboxVersion.size_bytes)).where(of_version)
    return sum(int(session.scalar(query) or 0) for query in (files, versions))
