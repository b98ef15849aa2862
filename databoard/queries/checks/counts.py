"""What single jobs, teams and files do wrong, as columns of the statement that reads the numbers of the site."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, ScalarSelect, String, case, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from databoard.models import Alert, Event, EventTeam, Job, QuotaEntry, StorageFinding, Submission, Team
from databoard.services.base import joins
from databoard.services.submissions.quota import MAX_FAILURES_PER_DAY
from databoard.states import JobState, QuotaCause, QuotaKind, StorageProblem

#: A job that was lost or handed back so often is named while it waits or runs.
POISON_ATTEMPTS = 2
#: A team is named that has at least so many jobs waiting, and more than half of all that wait.
MANY_JOBS = 25
#: Parts of a name in one column; no name holds it.
SEPARATOR = ","
RECENT = timedelta(hours=24)
RUNS = "predictions/"


@dataclass(frozen=True)
class Troubles:
    """The worst of each kind; None: there is none.

    Attributes
    ----------
    poison_job : int or None
        The oldest job that several workers took and none brought to an end.
    n_misfits : int
        Files of the latest check that are missing or of a wrong size.
    misfit : str or None
        The path of the first of them.
    lost_run : str or None
        Event, team and submission of the first missing predictions.
    busy_team : str or None
        Event and team with most jobs waiting, and how many.
    blocked_team : str or None
        Event, team, day and time zone of a team that reached the limit of failures, on the latest such day.
    stuck_alert : str or None
        The kind of the first alert that could not be sent, and why.
    """

    poison_job: int | None
    n_misfits: int
    misfit: str | None
    lost_run: str | None
    busy_team: str | None
    blocked_team: str | None
    stuck_alert: str | None


def troubles(now: datetime) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of `Troubles`, in their order; the statement reads the jobs."""
    n_tries = Job.n_attempts - case((Job.state == JobState.started, 1), else_=0)
    is_poison = Job.state.in_((JobState.waiting, JobState.started)) & (n_tries >= POISON_ATTEMPTS)
    return (
        func.min(Job.id).filter(is_poison),
        _of_misfits(func.count(StorageFinding.id)),
        _of_misfits(func.min(StorageFinding.path)),
        _lost_run(),
        _busy_team(),
        _blocked_team(now),
        _stuck_alert(),
    )


def _of_misfits(column: ColumnElement[Any], *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    problems = (StorageProblem.missing, StorageProblem.wrong_size)
    is_open = StorageFinding.fixed_at.is_(None)
    return select(column).where(StorageFinding.problem.in_(problems), is_open, *where).scalar_subquery()


def _lost_run() -> ScalarSelect[Any]:
    """Predictions lie at predictions/<number of the submission, nine digits>/<key>/<file>."""
    path = StorageFinding.path
    first = _of_misfits(func.min(path), path.startswith(RUNS, autoescape=True))
    number = cast(func.substr(first, len(RUNS) + 1, 9), Integer)
    query = joins.team_and_event(
        select(_joined(Event.name, Team.name, Submission.name)).select_from(Submission)
    )
    return query.where(Submission.id == number).scalar_subquery()


def _busy_team() -> ScalarSelect[Any]:
    job = Job.__table__.alias("waiting_jobs")
    n = func.count(job.c.id)
    waiting = select(_joined(Event.name, Team.name, cast(n, String))).select_from(job)
    of_submission = waiting.join(Submission, Submission.id == job.c.submission_id)
    return (
        joins.team_and_event(of_submission)
        .where(job.c.state == JobState.waiting)
        .group_by(EventTeam.id, Event.name, Team.name)
        .having(n >= MANY_JOBS)
        .order_by(n.desc(), EventTeam.id)
        .limit(1)
        .scalar_subquery()
    )


def _blocked_team(now: datetime) -> ScalarSelect[Any]:
    failures = (QuotaCause.refused_by_check, QuotaCause.not_scored)
    is_failure = QuotaEntry.cause.in_(failures) & (QuotaEntry.kind == QuotaKind.scored)
    is_grant = (QuotaEntry.cause == QuotaCause.granted) & (QuotaEntry.kind == QuotaKind.attempt)
    n_failed = func.count().filter(is_failure)
    granted = func.coalesce(func.sum(QuotaEntry.amount).filter(is_grant), 0)
    return (
        select(_joined(Event.name, Team.name, cast(QuotaEntry.day, String), Event.time_zone))
        .select_from(QuotaEntry)
        .join(QuotaEntry.event_team)
        .join(Event, Event.id == EventTeam.event_id)
        .join(Team, Team.id == EventTeam.team_id)
        .where(QuotaEntry.day >= (now - RECENT).date())
        .group_by(EventTeam.id, Event.name, Team.name, Event.time_zone, QuotaEntry.day)
        .having(n_failed >= MAX_FAILURES_PER_DAY + granted)
        .order_by(QuotaEntry.day.desc(), EventTeam.id)
        .limit(1)
        .scalar_subquery()
    )


def _stuck_alert() -> ScalarSelect[Any]:
    query = select(_joined(Alert.kind, Alert.error)).where(Alert.error != "")
    return query.order_by(Alert.id).limit(1).scalar_subquery()


def _joined(*parts: "InstrumentedAttribute[str] | ColumnElement[str]") -> ColumnElement[str]:
    joined: ColumnElement[str] = literal("")
    for number, part in enumerate(parts):
        joined = joined + (SEPARATOR if number else "") + part
    return joined
