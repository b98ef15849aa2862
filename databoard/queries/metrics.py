"""The numbers of the site for Prometheus: read when they are asked for, so that they are never old.

Every value of every label is there, also while it is zero. Labels are enumerations and names of events: nobody who
submits can add one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy import Extract, Row, case, column, extract, func, select, table
from sqlalchemy.orm import Session

from databoard import __version__
from databoard.models import Event, EventTeam, Job, ScheduleRun, Submission, User, Worker
from databoard.queries.backups import newest_at
from databoard.services.base import disk, maintenance
from databoard.states import AccessLevel, ErrorCode, JobState, JobStep, SubmissionState

if TYPE_CHECKING:
    from config import Config

#: Upper ends of how long a job took.
BUCKETS_S = (1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 2400, 5000)
ENDED_STATES = (JobState.success, JobState.error, JobState.cancelled)
_VERSION = table("alembic_version", column("version_num"))


class SiteMetrics:
    """Collects what the database and the disk say; four statements."""

    def __init__(self, session: Session, config: "Config", now: datetime):
        self._session, self._config, self._now = session, config, now

    def collect(self) -> Iterator[Metric]:
        """Yield every family; called by the Prometheus client."""
        yield from self._jobs()
        yield from self._submissions()
        yield from self._site()
        yield from self._schedule()
        yield from self._files()

    def _jobs(self) -> Iterator[Metric]:
        found = {(row.step, row.state): row for row in self._session.execute(_job_numbers())}
        jobs = _gauge("databoard_jobs", "Jobs of the queue.", "kind", "state")
        oldest = _gauge(
            "databoard_oldest_waiting_seconds", "For how long the oldest waiting job waits.", "kind"
        )
        took = HistogramMetricFamily(
            "databoard_job_duration_seconds",
            "How long jobs that are kept took from their start.",
            labels=("kind", "state"),
        )
        for step in JobStep:
            for state in JobState:
                row = found.get((step, state))
                jobs.add_metric((step, state), row.n if row else 0)
                if state in ENDED_STATES:
                    took.add_metric((step, state), *_histogram(row))
            waiting = found.get((step, JobState.waiting))
            since = waiting.oldest_at if waiting else self._now
            oldest.add_metric((step,), max(0.0, (self._now - since).total_seconds()))
        yield from (jobs, oldest, took)

    def _submissions(self) -> Iterator[Metric]:
        by_state, by_code, events = Counter[tuple[str, str]](), Counter[tuple[str, str]](), dict[str, None]()
        for event, state, code, n in self._session.execute(_submission_numbers()):
            events[event] = None
            by_state[event, state or ""] += n
            by_code[event, code or ""] += n
        yield _counted("databoard_submissions", "Submissions.", "state", by_state, events, SubmissionState)
        text = "Submissions that ended badly, by why."
        yield _counted("databoard_submission_errors", text, "error_code", by_code, events, ErrorCode)

    def _site(self) -> Iterator[Metric]:
        lost_before = self._now - timedelta(seconds=self._config.lease_s)
        revision, n_running, n_lost, *n_users = self._session.execute(_site_numbers(lost_before)).one()
        workers = _gauge("databoard_workers", "Workers that have not ended by themselves.", "state")
        workers.add_metric(("alive",), n_running - n_lost)
        workers.add_metric(("lost",), n_lost)
        users = _gauge("databoard_users", "Accounts.", "access_level")
        for level, n in zip(AccessLevel, n_users, strict=True):
            users.add_metric((level,), n)
        build = _gauge("databoard_build_info", "Version of code and database.", "version", "db_revision")
        build.add_metric((__version__, revision or ""), 1)
        yield from (workers, users, build)

    def _schedule(self) -> Iterator[Metric]:
        last = _gauge(
            "databoard_schedule_last_success_seconds", "When a task last went well, in Unix time.", "task"
        )
        query = select(ScheduleRun.entry_name, func.max(ScheduleRun.ended_at)).where(
            ScheduleRun.result == "ok"
        )
        for name, at in self._session.execute(query.group_by(ScheduleRun.entry_name)):
            if at is not None:  # which every run has that went well
                last.add_metric((name,), at.timestamp())
        yield last

    def _files(self) -> Iterator[Metric]:
        home = self._config.home
        room = _gauge("databoard_disk_bytes", "The disk of DATABOARD_HOME.", "type")
        free, total = disk.free_bytes(home), disk.total_bytes(home)
        for kind, size in (("free", free), ("used", total - free), ("total", total)):
            room.add_metric((kind,), size)
        yield room
        closed = _gauge("databoard_maintenance", "1 while the site is closed for maintenance.")
        closed.add_metric((), float(maintenance.state(home) is not None))
        yield closed
        age = _gauge("databoard_backup_age_seconds", "Age of the newest backup; absent without one.")
        if (newest := newest_at(home)) is not None:
            age.add_metric((), max(0.0, (self._now - newest).total_seconds()))
        yield age


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def _counted(
    name: str, text: str, label: str, numbers: Counter[tuple[str, str]], events: Iterable[str], words: Any
) -> GaugeMetricFamily:
    found = _gauge(name, text, "event", label)
    for event in events:
        for word in words:
            found.add_metric((event, word), numbers[event, word])
    return found


def _job_numbers() -> Any:
    took = _seconds(Job.finished_at) - _seconds(Job.started_at)
    within = (func.count(case((took <= end, 1))).label(f"within_{end}") for end in BUCKETS_S)
    return select(
        Job.step,
        Job.state,
        func.count().label("n"),
        func.min(Job.created_at).label("oldest_at"),
        func.count(took).label("n_timed"),
        func.sum(took).label("sum_s"),
        *within,
    ).group_by(Job.step, Job.state)


def _seconds(moment: Any) -> Extract:
    return extract("epoch", moment)


def _histogram(row: Row[Any] | None) -> tuple[list[tuple[str, float]], float]:
    counts = [(str(float(end)), float(getattr(row, f"within_{end}", 0))) for end in BUCKETS_S]
    n_timed, sum_s = (row.n_timed, row.sum_s) if row else (0, 0)
    return [*counts, ("+Inf", float(n_timed))], float(sum_s or 0)


def _submission_numbers() -> Any:
    counted = (Event.name, Submission.state, Submission.error_code)
    joined = (
        select(*counted, func.count(Submission.id))
        .select_from(Event)
        .outerjoin(EventTeam, EventTeam.event_id == Event.id)
        .outerjoin(Submission, Submission.event_team_id == EventTeam.id)
    )
    return joined.group_by(*counted).order_by(Event.name)


def _site_numbers(lost_before: datetime) -> Any:
    running = select(func.count()).where(Worker.stopped_at.is_(None))
    levels = (
        select(func.count()).where(User.access_level == level).scalar_subquery() for level in AccessLevel
    )
    return select(
        select(_VERSION.c.version_num).limit(1).scalar_subquery(),
        running.scalar_subquery(),
        running.where(Worker.heartbeat_at < lost_before).scalar_subquery(),
        *levels,
    )
