"""The workers, as they report themselves: which are alive, what each does, whether its jail passed the check.

Written by each worker. `queries.workers` reads it for the admin pages and `fab workers`.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from databoard.models import Worker
from databoard.services.base.database import begin_writing, n_changed

#: How long a worker that has ended, or fell silent, is remembered.
KEPT_FOR = timedelta(hours=24)


def register(
    session: Session,
    *,
    name: str,
    host: str,
    pid: int,
    engine: str,
    n_slots: int,
    jail_level: str,
    open_layers: str = "",
    now: datetime,
) -> None:
    """Write that a worker has started, or with `open_layers` that it may not; forget what is over.

    A restarted container gets the same name again, and a machine on which a worker starts reports again whether its
    jail holds: rows of either go, as do those that ended a day ago.
    """
    begin_writing(session)
    session.execute(
        delete(Worker)
        .where(
            or_(
                Worker.name == name,
                Worker.heartbeat_at < now - KEPT_FOR,
                (Worker.host == host) & (Worker.open_layers != ""),
            )
        )
        .execution_options(synchronize_session=False)
    )
    session.add(
        Worker(
            name=name,
            host=host,
            pid=pid,
            engine=engine,
            n_slots=n_slots,
            jail_level=jail_level,
            open_layers=open_layers,
            started_at=now,
            heartbeat_at=now,
            stopped_at=now if open_layers else None,
        )
    )
    session.flush()


def heartbeat(
    session: Session, *, name: str, n_done: int, n_faults: int, n_slots: int, now: datetime
) -> bool:
    """Say that a worker lives, what it has done and can do at once; return whether it is still registered."""
    return _write(session, name, heartbeat_at=now, n_done=n_done, n_faults=n_faults, n_slots=n_slots)


def stop(session: Session, *, name: str, n_done: int, n_faults: int, now: datetime) -> None:
    """Write that a worker has ended of its own accord."""
    _write(session, name, heartbeat_at=now, stopped_at=now, n_done=n_done, n_faults=n_faults)


def n_alive(session: Session, *, now: datetime, lease_s: float) -> int:
    """Return how many workers take jobs now."""
    return session.scalar(select(func.count(Worker.id)).where(*_is_alive(now, lease_s))) or 0


def oldest_alive(session: Session, *, now: datetime, lease_s: float) -> str | None:
    """Return the name of the worker that lives longest, for what one alone shall do; None without any."""
    query = select(Worker.name).where(*_is_alive(now, lease_s)).order_by(Worker.started_at, Worker.id)
    return session.scalar(query.limit(1))


def _write(session: Session, name: str, **values: object) -> bool:
    statement = update(Worker).where(Worker.name == name).values(**values)
    return n_changed(session, statement.execution_options(synchronize_session=False)) == 1


def _is_alive(now: datetime, lease_s: float) -> tuple[ColumnElement[bool], ...]:
    is_fresh = Worker.heartbeat_at >= now - timedelta(seconds=lease_s)
    return Worker.stopped_at.is_(None), Worker.open_layers == "", is_fresh
