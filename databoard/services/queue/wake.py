"""Wake workers when there is something to do: a word after the commit, so that no step waits for a poll.

:func:`announce` is called where work becomes ready, in the transaction that makes it so. On PostgreSQL it is a
``NOTIFY``, which the server delivers after the commit. On SQLite web and workers share one machine: each listener has
a FIFO in a folder beside the database, and a session writes one byte into each after its commit.

A word may be lost: workers look at the queue by themselves, too, only more rarely. Nothing depends on a word, so
anybody may send one, and a rolled back savepoint may send one for nothing.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from select import select as await_any
from typing import Any, Protocol

from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from databoard.errors import DataboardError

#: The channel of PostgreSQL.
CHANNEL = "databoard_wake"
#: After so long without a word a connection is asked whether it still stands.
_ASK_EVERY_S = 60.0
#: Longest that a first word may take.
_HEARD_WITHIN_S = 10.0
_PENDING = "databoard.wake"  # in `Session.info`


class NotHeard(DataboardError):
    """The connection hears nothing: a pool that lends connections for one transaction may stand between."""


class Topic(Enum):
    """What may be waiting; the value is what is sent."""

    checks = b"c"
    training = b"t"
    blending = b"b"


class Listener(Protocol):
    """Hears what others announce; one per thread."""

    def wait(self, stop: int) -> set[Topic]:
        """Return what was announced as soon as something was; nothing when the descriptor `stop` can be read.

        Raises
        ------
        OSError, OperationalError
            If the connection is lost: words may be, too.
        """


def announce(session: Session, topic: Topic) -> None:
    """Wake the workers that wait for `topic` once the transaction of `session` is committed."""
    engine = session.connection().engine  # a transaction begins, if none did: a rollback takes the word back
    if engine.dialect.name == "postgresql":
        with session.no_autoflush:
            session.execute(select(func.pg_notify(CHANNEL, topic.value.decode())))
    elif folder := _folder(engine):
        session.info.setdefault(_PENDING, {}).setdefault(folder, set()).add(topic)


@contextlib.contextmanager
def listening(sessions: sessionmaker[Session]) -> Iterator[Listener | None]:
    """Yield a listener on the database of `sessions`; None on one that only this process has.

    Raises
    ------
    OperationalError, OSError
        If the database is away, or its folder cannot be written.
    NotHeard
        If no word arrives.
    """
    with sessions() as session:
        engine = session.connection().engine
    if engine.dialect.name == "postgresql":
        with _notifications(engine) as notifications:
            yield notifications
        return
    folder = _folder(engine)
    if folder is None:
        yield None
        return
    with _fifo(folder) as descriptor:
        yield _Fifo(descriptor)


class _Fifo:
    """Words on SQLite: a FIFO that this process reads, and holds open for writing, so that it never ends."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor

    def wait(self, stop: int) -> set[Topic]:
        ready = await_any([self._descriptor, stop], [], [])[0]
        if stop in ready:
            return set()
        words = os.read(self._descriptor, 1 << 16)
        return {topic for topic in Topic if topic.value in words}


class _Notifications:
    """Words on PostgreSQL: a connection that does nothing but listen."""

    def __init__(self, connection: Any, error: type[Exception]):
        self._connection, self._error = connection, error

    def wait(self, stop: int) -> set[Topic]:
        while True:
            ready = await_any([self._connection, stop], [], [], _ASK_EVERY_S)[0]
            if stop in ready:
                return set()
            if topics := self._topics(is_asked=not ready):
                return topics

    def _topics(self, *, is_asked: bool) -> set[Topic]:
        """Return what came; with `is_asked` the server is asked: a cable that was cut says nothing by itself."""
        try:
            if is_asked:
                with self._connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            self._connection.poll()
        except self._error as error:
            raise OperationalError("LISTEN", None, error) from error
        words = {notice.payload.encode() for notice in self._connection.notifies}
        self._connection.notifies.clear()
        return {topic for topic in Topic if topic.value in words}


@contextlib.contextmanager
def _notifications(engine: Engine) -> Iterator[_Notifications]:
    """Yield a connection that listens, and that has heard one word.

    Raises
    ------
    OperationalError
        If the database is away.
    NotHeard
        If the word did not arrive.
    """
    pooled = engine.raw_connection()
    pooled.detach()  # its own from now on: the pool lends it to nobody
    connection: Any = pooled.dbapi_connection
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        with engine.begin() as other:
            other.execute(select(func.pg_notify(CHANNEL, "")))
        if not await_any([connection], [], [], _HEARD_WITHIN_S)[0]:
            raise NotHeard(
                "Expected a NOTIFY to arrive: connect to PostgreSQL itself, or to a pool of sessions."
            )
        yield _Notifications(connection, engine.dialect.loaded_dbapi.Error)
    finally:
        connection.close()  # not by the pool, which would roll back first, and log that a lost connection cannot


@contextlib.contextmanager
def _fifo(folder: Path) -> Iterator[int]:
    """Yield a FIFO that is open, in the folder where senders look."""
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    draft, path = folder / f".{name}", folder / name
    os.mkfifo(draft, 0o600)
    descriptor = os.open(draft, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        draft.rename(path)  # senders find it only now: they remove what nobody reads
        yield descriptor
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


def _send(folder: Path, topics: set[Topic]) -> None:
    """Write into every FIFO of `folder`; one that nobody reads was left by a worker that was killed."""
    words = b"".join(topic.value for topic in topics)
    with contextlib.suppress(OSError):  # no folder: nobody has listened yet
        for entry in list(os.scandir(folder)):
            if not entry.name.startswith("."):
                _write(entry.path, words)


def _write(path: str, words: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            with contextlib.suppress(OSError):
                os.unlink(path)
        return
    try:
        with contextlib.suppress(OSError):  # full: there is more than enough to wake its reader
            os.write(descriptor, words)
    finally:
        os.close(descriptor)


def _folder(engine: Engine) -> Path | None:
    """Return where listeners on a SQLite database have their FIFOs; None for one in memory."""
    name = engine.url.database
    return Path(f"{name}.wake") if name and name != ":memory:" else None


@event.listens_for(Session, "after_commit")
def _send_pending(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint: nobody else sees yet what it did
    for folder, topics in session.info.get(_PENDING, {}).items():
        _send(folder, topics)


@event.listens_for(Session, "after_transaction_end")
def _forget_pending(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_PENDING, None)
