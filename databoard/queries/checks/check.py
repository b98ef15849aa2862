"""A check of the site, and what the checks of one call share. Read at most once each: settings, time, numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, column, func, select, table
from sqlalchemy.orm import Session

from databoard.models import Event, Job, ScheduleEntry, ScheduleRun
from databoard.queries import workers
from databoard.queries.checks import counts
from databoard.queries.schedule import WORKER
from databoard.services.queue.order import QUEUED_STEPS
from databoard.services.queue.schedule import FAILED, TICK
from databoard.states import JobState

if TYPE_CHECKING:
    from config import Config

_VERSION = table("alembic_version", column("version_num"))


class CheckState(StrEnum):
    """How a check went: nothing to do, somebody should look, or something does not work."""

    ok = "ok"
    warn = "warn"
    fail = "fail"


@dataclass(frozen=True)
class Check:
    """One row: what was looked at, how it is, in plain words; `fix` is the command that helps, if there is one."""

    name: str
    state: CheckState
    text: str
    fix: str = ""


@dataclass(frozen=True)
class Numbers:
    """What one statement reads of the database; a check that needs another count adds it here.

    Attributes
    ----------
    n_jobs : mapping
        Jobs by state; every state is there.
    waiting_since, checking_since : datetime or None
        Since when the oldest job waits for its slot, and for its check; None when none waits.
    n_lost : int
        Jobs that run, and whose worker has given no sign of life for a lease.
    frozen : str
        The names of the events that are frozen.
    ticked_at, cron_ticked_at : datetime or None
        When the schedule was last looked at, and when by another than a worker; None when it never was.
    failed : str
        The names of the entries of the schedule whose last run failed.
    troubles : Troubles
        What single jobs, teams and files do wrong.
    """

    n_jobs: Mapping[str, int]
    waiting_since: datetime | None
    checking_since: datetime | None
    n_lost: int
    frozen: str
    ticked_at: datetime | None
    cron_ticked_at: datetime | None
    failed: str
    troubles: "counts.Troubles"


@dataclass(frozen=True)
class Site:
    """What the checks of one call look at."""

    session: Session
    config: "Config"
    now: datetime

    @cached_property
    def revision(self) -> str:
        """Return the revision of the database, empty when it says none; one statement, which any revision answers."""
        return self.session.scalar(select(_VERSION.c.version_num).limit(1)) or ""

    @cached_property
    def numbers(self) -> Numbers:
        """Return the counts; one statement."""
        states = list(JobState)
        lost_before = self.now - timedelta(seconds=self.config.lease_s)
        row = self.session.execute(_numbers(states, lost_before, self.now)).one()
        frozen, failed, ticked_at, cron_ticked_at, waiting_since, checking_since, n_lost, *others = row
        n_by_state, troubles = others[: len(states)], others[len(states) :]
        n_jobs = {str(state): n for state, n in zip(states, n_by_state, strict=True)}
        return Numbers(
            n_jobs,
            waiting_since,
            checking_since,
            n_lost,
            frozen or "",
            ticked_at,
            cron_ticked_at,
            failed or "",
            counts.Troubles(*troubles),
        )

    @cached_property
    def workers(self) -> tuple[workers.WorkerFacts, ...]:
        """Return the workers of the last day; one statement."""
        return workers.facts(self.session, now=self.now, lease_s=self.config.lease_s)


#: Looks at one thing; None where it does not apply.
Look = Callable[[Site], Check | None]


def _numbers(states: list[JobState], lost_before: datetime, now: datetime) -> Select[*tuple[Any, ...]]:
    waits = Job.state == JobState.waiting
    is_queued = Job.step.in_(QUEUED_STEPS)
    ticks = select(func.max(ScheduleRun.ended_at)).where(ScheduleRun.entry_name == TICK)
    failed = select(func.aggregate_strings(ScheduleEntry.name, ", ")).where(
        ScheduleEntry.last_result == FAILED
    )
    return select(
        select(func.aggregate_strings(Event.name, ", ")).where(Event.is_frozen).scalar_subquery(),
        failed.scalar_subquery(),
        ticks.scalar_subquery(),
        ticks.where(ScheduleRun.ran_by.not_like(f"{WORKER}%")).scalar_subquery(),
        func.min(Job.created_at).filter(waits, is_queued),
        func.min(Job.created_at).filter(waits, ~is_queued),
        func.count().filter(Job.state == JobState.started, Job.heartbeat_at < lost_before),
        *(func.count().filter(Job.state == state) for state in states),
        *counts.troubles(now),
    ).select_from(Job)
