"""The workers: which exist, what each does, whether its jail passed the check. For page and fab task."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from databoard.errors import NotFound
from databoard.models import Event, Job, Submission, Team, Worker
from databoard.queries.paging import PAGE_SIZE, KeyPage, Position, SortColumn, page_by_key
from databoard.services.base import joins
from databoard.services.queue.workers import Usage
from databoard.states import JobState


class WorkerState(StrEnum):
    """What a worker's row says about it now."""

    alive = "alive"
    draining = "draining"  # by hand: it ends its job and takes none until it is resumed
    silent = "silent"  # no heartbeat for a lease: killed, or cut off
    stopped = "stopped"  # it said so
    refused = "refused"  # its jail is open: it took no job and ended


@dataclass(frozen=True)
class HeldJob:
    """A job that a worker holds, and whose submission it is."""

    job_id: int
    event_name: str
    team_name: str
    submission_name: str
    slug: str
    started_at: datetime


@dataclass(frozen=True)
class WorkerFacts:
    """What decides whether submissions run."""

    host: str
    state: WorkerState
    jail_level: str
    open_layers: str
    name: str = ""
    heartbeat_at: datetime | None = None
    started_at: datetime | None = None


@dataclass(frozen=True)
class WorkerRow:
    """A worker in a list.

    Attributes
    ----------
    jail_level : str
        ``A``, ``B`` or ``none``; empty when it does not hold.
    open_layers : str
        Why it was refused, and what fixes it; empty for any other.
    """

    name: str
    host: str
    pid: int
    state: WorkerState
    engine: str
    n_slots: int
    jail_level: str
    open_layers: str
    jobs: tuple[HeldJob, ...]
    n_done: int
    n_faults: int
    started_at: datetime
    heartbeat_at: datetime
    stopped_at: datetime | None
    uptime_s: float  # until its last heartbeat
    is_draining: bool
    usage: Usage

    @property
    def is_running(self) -> bool:
        """Whether its process lives, as far as is known."""
        return self.state in {WorkerState.alive, WorkerState.draining}


def facts(session: Session, *, now: datetime, lease_s: float) -> tuple[WorkerFacts, ...]:
    """Return of every worker of the last day whether it runs, by machine."""
    return tuple(
        WorkerFacts(
            worker.host,
            _state(worker, now, lease_s),
            worker.jail_level,
            worker.open_layers,
            worker.name,
            worker.heartbeat_at,
            worker.started_at,
        )
        for worker in session.scalars(select(Worker).order_by(Worker.host, Worker.id))
    )


def listed(
    session: Session,
    *,
    now: datetime,
    lease_s: float,
    position: Position | None = None,
    size: int = PAGE_SIZE,
) -> KeyPage[WorkerRow]:
    """Return the workers: those refused, then those at work, then those that ended; two queries."""
    order = case((Worker.open_layers != "", 0), (Worker.stopped_at.is_(None), 1), else_=2)
    columns = [SortColumn(order), SortColumn(Worker.heartbeat_at, True), SortColumn(Worker.id)]
    found = page_by_key(session, select(Worker), columns, position=position, size=size)
    workers = [worker for (worker,) in found.rows]
    held = _held_jobs(session, [worker.name for worker in workers])
    return found.with_rows(_row(worker, held.get(worker.name, ()), now, lease_s) for worker in workers)


def one(session: Session, name: str, *, now: datetime, lease_s: float) -> WorkerRow:
    """Return a worker of the last day; two queries.

    Raises
    ------
    NotFound
        If there is none of this name.
    """
    worker = session.scalar(select(Worker).where(Worker.name == name))
    if worker is None:
        raise NotFound(f"Expected the name of a worker of the last day, got {name!r}.")
    return _row(worker, _held_jobs(session, [name]).get(name, ()), now, lease_s)


def _held_jobs(session: Session, names: list[str]) -> dict[str, tuple[HeldJob, ...]]:
    """Return by worker what it holds."""
    jobs = select(Job.worker, Job.id, Event.name, Team.name, Submission.name, Submission.slug, Job.started_at)
    query = (
        joins.team_and_event(joins.submission_of_job(jobs))
        .where(Job.state == JobState.started, Job.worker.in_(names))
        .order_by(Job.started_at, Job.id)
    )
    held: dict[str, tuple[HeldJob, ...]] = {}
    for worker, job_id, event_name, team_name, name, slug, started_at in session.execute(query):
        if started_at is not None:  # which every started job has
            job = HeldJob(job_id, event_name, team_name, name, slug, started_at)
            held[worker] = (*held.get(worker, ()), job)
    return held


def _row(worker: Worker, held: tuple[HeldJob, ...], now: datetime, lease_s: float) -> WorkerRow:
    return WorkerRow(
        name=worker.name,
        host=worker.host,
        pid=worker.pid,
        state=_state(worker, now, lease_s),
        engine=worker.engine,
        n_slots=worker.n_slots,
        jail_level=worker.jail_level,
        open_layers=worker.open_layers,
        jobs=held,
        n_done=worker.n_done,
        n_faults=worker.n_faults,
        started_at=worker.started_at,
        heartbeat_at=worker.heartbeat_at,
        stopped_at=worker.stopped_at,
        uptime_s=((worker.stopped_at or worker.heartbeat_at) - worker.started_at).total_seconds(),
        is_draining=worker.is_draining,
        usage=Usage(
            worker.rss_bytes, worker.cpu_percent, worker.memory_used, worker.disk_used, worker.pause_reason
        ),
    )


def _state(worker: Worker, now: datetime, lease_s: float) -> WorkerState:
    if worker.open_layers:
        return WorkerState.refused
    if worker.stopped_at is not None:
        return WorkerState.stopped
    if worker.heartbeat_at < now - timedelta(seconds=lease_s):
        return WorkerState.silent
    return WorkerState.draining if worker.is_draining else WorkerState.alive
