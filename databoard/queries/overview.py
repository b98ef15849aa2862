"""The first view of an administrator: whether submissions run, at which jail level, what waits. For page and task."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.models import Event, Job, Submission, Team
from databoard.queries import workers
from databoard.queries.paging import KeyPage
from databoard.queries.workers import WorkerFacts, WorkerRow, WorkerState
from databoard.services.base import joins
from databoard.states import JobState

LEVELS = {
    "A": "level A, an isolated cell for every fold, inside the jail of its kit",
    "B": "level B, the same without nested user namespaces, or a jail of its own for every fold",
}
ISOLATION_IS_OFF = (
    "Isolation is off (DATABOARD_JAIL=none): submissions can read every file of the worker's user and reach the "
    "network. Use this only for code that you trust. To isolate: unset the variable and restart the workers."
)
RESUME = "A draining worker takes no job. Let it work again: fab resume_worker:<name>"
_RUNNING = (WorkerState.alive, WorkerState.draining)
#: Machines whose open jail is told; each is a paragraph.
MAX_TOLD = 5


@dataclass(frozen=True)
class Notice:
    """What stands at the top of the page; `kind` is ``success``, ``warning`` or ``danger``."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class WaitingJob:
    """A job that waits, and whose submission it is."""

    since: datetime
    event_name: str
    team_name: str
    submission_name: str
    slug: str


@dataclass(frozen=True)
class Overview:
    """Everything the first admin page shows; the counts have every state."""

    notices: tuple[Notice, ...]
    n_workers: dict[str, int]
    n_jobs: dict[str, int]
    oldest_waiting: WaitingJob | None
    workers: KeyPage[WorkerRow]

    @property
    def is_working(self) -> bool:
        """Whether submissions can run, and no machine was refused."""
        return self.n_workers[WorkerState.alive] > 0 and not self.n_workers[WorkerState.refused]


def overview(session: Session, *, jail: str, now: datetime, lease_s: float) -> Overview:
    """Return how the server does, in five queries; `jail` is what this process would run submissions in."""
    facts = workers.facts(session, now=now, lease_s=lease_s)
    n_workers = Counter(str(one.state) for one in facts)
    n_jobs = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())
    return Overview(
        notices=notices(facts, jail=jail, n_waiting=n_jobs.get(JobState.waiting, 0)),
        n_workers={str(state): n_workers[str(state)] for state in WorkerState},
        n_jobs={str(state): n_jobs.get(state, 0) for state in JobState},
        oldest_waiting=oldest_waiting(session),
        workers=workers.listed(session, now=now, lease_s=lease_s),
    )


def notices(facts: tuple[WorkerFacts, ...], *, jail: str, n_waiting: int) -> tuple[Notice, ...]:
    """Return what an administrator must know about the workers and their jails, the worst first."""
    levels = {one.jail_level for one in facts if one.state in _RUNNING}
    refused = {one.host: one.open_layers for one in facts if one.state is WorkerState.refused}
    found = []
    if jail == "none" or "none" in levels:
        found.append(Notice("danger", "Isolation is off", ISOLATION_IS_OFF))
    title = "A worker may not run submissions" if levels else "No worker may run submissions"
    found += [Notice("danger", title, f"{host}: {why}") for host, why in list(refused.items())[:MAX_TOLD]]
    if levels and WorkerState.alive not in {one.state for one in facts}:
        found.append(Notice("warning", "Every worker is draining", f"{_waits(n_waiting)}{RESUME}"))
    if not levels and not refused:
        found.append(_nobody(n_waiting))
    elif not found:
        how = "; ".join(LEVELS[level] for level in sorted(levels))
        found.append(
            Notice("success", "The jail holds", f"Every worker attacked its own jail when it started: {how}.")
        )
    return tuple(found)


def _nobody(n_waiting: int) -> Notice:
    kind = "danger" if n_waiting else "warning"
    return Notice(kind, "No worker is running", f"{_waits(n_waiting)}Start one: fab worker")


def _waits(n_waiting: int) -> str:
    return f"{n_waiting} {'job waits' if n_waiting == 1 else 'jobs wait'}. " if n_waiting else ""


def oldest_waiting(session: Session) -> WaitingJob | None:
    """Return the job that waits longest; None when none does."""
    waiting = select(Job.created_at, Event.name, Team.name, Submission.name, Submission.slug)
    query = (
        joins.team_and_event(joins.submission_of_job(waiting))
        .where(Job.state == JobState.waiting)
        .order_by(Job.created_at, Job.id)
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else WaitingJob(*row)
