"""Empty the trash: now, by ``fab empty_trash``, or once in a while beside the work of a worker."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.ops.failures import log_failure
from databoard.services.base import content_trash, trash, trash_hold
from databoard.services.base.database import transaction
from databoard.services.base.files import FileStore

MAX_PAUSE_S = 3600.0
HELD = "A backup needs the files, or another process removes some: nothing was removed. Try again later."
logger = logging.getLogger("databoard.trash")


def empty_trash(session: Session, store: FileStore, *, now: datetime, keep_s: float) -> str:
    """Remove predictions and contents of files that no row has named for `keep_s`; return what was done."""
    return _empty(session, store, now, keep_s)[1]


class TrashRounds:
    """Empties the trash at most once an hour, whenever its worker looks; every worker has one.

    Parameters
    ----------
    sessions : sessionmaker
    store : FileStore
    keep_s : float
        The grace period.
    clock : callable
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        store: FileStore,
        *,
        keep_s: float,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sessions, self._store, self._keep_s, self._clock = sessions, store, keep_s, clock
        self._next_s = 0.0

    def look(self) -> None:
        """Empty the trash when it is time; what goes wrong with files is logged and tried again next time."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + min(MAX_PAUSE_S, self._keep_s)
        try:
            with transaction(self._sessions) as session:
                n_removed, done = _empty(session, self._store, self._clock(), self._keep_s)
        except OperationalError:
            raise
        except Exception as error:  # whatever a folder on disk may be: the training must not end for it
            log_failure(logger, error, "the trash was not emptied")
        else:
            logger.log(logging.INFO if n_removed else logging.DEBUG, "%s", done)


def _empty(session: Session, store: FileStore, now: datetime, keep_s: float) -> tuple[int, str]:
    """Return how much was removed, and what was done in words."""
    keep = timedelta(seconds=keep_s)
    with trash_hold.removing(store.home) as may_remove:
        if not may_remove:
            return 0, HELD
        runs = trash.empty(session, store=store, now=now, keep=keep)
        contents = content_trash.empty(session, store=store, now=now, keep=keep)
    n_removed = runs.n_removed + contents.n_removed
    return n_removed, f"{_summary('Predictions', 'run', runs)} {_summary('Files of teams', 'file', contents)}"


def _summary(what: str, noun: str, done: trash.Emptied) -> str:
    return f"{what}: {_number(done.n_removed, noun)} removed, {_number(done.n_waiting, noun)} waiting."


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
