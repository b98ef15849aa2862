"""Empty the trash: now, by ``fab empty_trash``, or once in a while beside the work of a worker."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.ops.trouble import log_trouble
from databoard.services.base import trash
from databoard.services.base.database import transaction
from databoard.services.base.files import FileStore

MAX_PAUSE_S = 3600.0
logger = logging.getLogger("databoard.trash")


def empty_trash(session: Session, store: FileStore, *, now: datetime, keep_s: float) -> str:
    """Remove predictions that no submission has named for `keep_s`; return what was done."""
    return _told(trash.empty(session, store=store, now=now, keep=timedelta(seconds=keep_s)))


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
    ):
        self._sessions, self._store, self._keep_s, self._clock = sessions, store, keep_s, clock
        self._next_s = 0.0

    def look(self) -> None:
        """Empty the trash when it is time; what goes wrong with files is logged and tried again next time."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + min(MAX_PAUSE_S, self._keep_s)
        try:
            with transaction(self._sessions) as session:
                keep = timedelta(seconds=self._keep_s)
                done = trash.empty(session, store=self._store, now=self._clock(), keep=keep)
        except OperationalError:
            raise
        except Exception as error:
            log_trouble(logger, error, "the trash was not emptied")
        else:
            logger.log(logging.INFO if done.n_removed else logging.DEBUG, "%s", _told(done))


def _told(done: trash.Emptied) -> str:
    return f"Removed the predictions of {_runs(done.n_removed)}; those of {_runs(done.n_waiting)} wait."


def _runs(n: int) -> str:
    return f"{n} run{'s' * (n != 1)}"
