"""The workers, as they report themselves: which are alive, what each does, whether its jail passed the check.

Written by each worker. `queries.workers` reads it for the admin pages and `fab workers`. An administrator drains a
worker by its name: it ends its job and takes none until it is resumed, or ends.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from databoard.errors import Conflict, NotFound
from databoard.models import User, Worker
from databoard.services.base import audit
from databoard.services.base.database import begin_writing, n_changed
from databoard.services.queue import wake

#: How long a worker that has ended, or fell silent, is remembered.
KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Usage:
    """What a worker and its machine use; the fields are columns of its row.

    Attributes
    ----------
    rss_bytes : int or None
        Of the worker and all its processes.
    cpu_percent : float or None
        Of one core, since the heartbeat before.
    memory_used, disk_used : float or None
        Share of the machine, and of the disk of DATABOARD_HOME, from 0 to 1.
    pause_reason : str
        Why the worker takes no job now; empty when it does.
    """

    rss_bytes: int | None = None
    cpu_percent: float | None = None
    memory_used: float | None = None
    disk_used: float | None = None
    pause_reason: str = ""


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
    session: Session,
    *,
    name: str,
    n_done: int,
    n_faults: int,
    n_slots: int,
    now: datetime,
    usage: Usage | None = None,
) -> bool:
    """Say that a worker lives, what it has done, can do at once and uses; return whether it is still registered."""
    counts = {"n_done": n_done, "n_faults": n_faults, "n_slots": n_slots}
    return _write(session, name, heartbeat_at=now, **counts, **(asdict(usage) if usage else {}))


def is_draining(session: Session, name: str) -> bool:
    """Return whether a worker may take no job, because somebody drains it."""
    query = select(Worker.id).where(Worker.name == name, Worker.is_draining)
    return session.scalar(query) is not None


def set_draining(
    session: Session, name: str, *, is_draining: bool, actor: User | None, now: datetime, lease_s: float
) -> Worker:
    """Let a worker take no job any more, or again; what it holds it ends. Return its row.

    Raises
    ------
    NotFound
        If no worker of the last day has this name.
    Conflict
        If it does not run any more.
    """
    begin_writing(session)
    worker = session.scalar(select(Worker).where(Worker.name == name).with_for_update())
    if worker is None:
        raise NotFound(
            f"Expected the name of a worker of the last day, got {name!r}; fab workers lists them."
        )
    is_fresh = worker.heartbeat_at >= now - timedelta(seconds=lease_s)
    if worker.stopped_at is not None or worker.open_layers or not is_fresh:
        raise Conflict(
            f"{name} does not run: it sent its last heartbeat at {worker.heartbeat_at:%H:%M:%S} UTC."
        )
    if worker.is_draining != is_draining:
        action = "drain" if is_draining else "resume"
        audit.record_on(
            session, worker, action, actor=actor, now=now, old=worker.is_draining, new=is_draining
        )
        worker.is_draining = is_draining
    for topic in () if is_draining else (wake.Topic.checks, wake.Topic.training):
        wake.announce(session, topic)
    session.flush()
    return worker


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
    takes_jobs = Worker.is_draining.is_(False)
    return Worker.stopped_at.is_(None), Worker.open_layers == "", takes_jobs, is_fresh
