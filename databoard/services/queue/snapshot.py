"""Read the queue for a forecast: what waits and runs, recent arrivals and durations. Six queries."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from databoard.forecasting.durations import PastJob
from databoard.forecasting.rules import COMPUTE_WINDOW, QueueRules, cap_of_team
from databoard.forecasting.snapshot import Arrivals, RunningJob, Snapshot, WaitingJob
from databoard.models import Event, EventTeam, Job, Submission, SubmissionFold
from databoard.services.queue import workers
from databoard.services.queue.order import QUEUED_STEPS, fold_seconds, is_of_thawed_event
from databoard.states import PENDING_JOB_STATES, RETRY_CODES, JobState, JobStep, SubmissionState

#: How many of the latest trainings of an event tell how long the next ones take, and for how long back.
N_PAST, PAST_WINDOW = 300, timedelta(days=30)
ARRIVAL_WINDOW = timedelta(hours=1)


def read_snapshot(session: Session, *, rules: QueueRules, now: datetime) -> Snapshot:
    """Return the queue as it is."""
    n_workers = workers.n_alive(session, now=now, lease_s=rules.lease_s)
    pending = session.execute(
        _jobs(Job.id, Job.step, Job.state, Job.priority, Job.created_at, Job.started_at)
        .where(Job.state.in_(PENDING_JOB_STATES), Job.step.in_(QUEUED_STEPS))
        .where(or_(Job.state == JobState.started, is_of_thawed_event()))
        .order_by(Job.heartbeat_at.desc(), Job.id)
    ).all()
    return Snapshot(
        n_workers=n_workers,
        cap=cap_of_team(rules, n_workers),
        waiting=tuple(_waiting(row, now) for row in pending if row.state is JobState.waiting),
        running=tuple(_running(row, now) for row in pending if row.state is JobState.started),
        past=_past(session, now),
        compute=_compute(session, now),
        arrivals=_arrivals(session, {row.event_id for row in pending}, now),
    )


def _jobs(*columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(EventTeam.event_id, EventTeam.team_id, *columns)
        .join(Submission, Submission.event_team_id == EventTeam.id)
        .join(Job, Job.submission_id == Submission.id)
    )


def _waiting(row: Row[*tuple[Any, ...]], now: datetime) -> WaitingJob:
    is_training = row.step is JobStep.train_test
    created_s = -_age_s(row.created_at, now)
    return WaitingJob(row.id, row.event_id, row.team_id, row.priority, created_s, is_training)


def _running(row: Row[*tuple[Any, ...]], now: datetime) -> RunningJob:
    is_training = row.step is JobStep.train_test
    return RunningJob(row.event_id, row.team_id, _age_s(row.started_at, now), is_training)


def _past(session: Session, now: datetime) -> tuple[PastJob, ...]:
    """Return the latest trainings of each event that ended by themselves."""
    rank = func.row_number().over(partition_by=EventTeam.event_id, order_by=Job.finished_at.desc())
    latest = (
        _jobs(Job.submission_id, Job.started_at, Job.finished_at, rank.label("rank"))
        .where(
            Job.step == JobStep.train_test,
            Job.state.in_([JobState.success, JobState.error]),
            or_(Job.error_code.is_(None), Job.error_code.not_in(RETRY_CODES)),
            Job.finished_at > now - PAST_WINDOW,
        )
        .subquery()
    )
    found = session.execute(
        select(
            latest.c.event_id,
            latest.c.team_id,
            latest.c.started_at,
            latest.c.finished_at,
            func.sum(fold_seconds()).label("compute_s"),
        )
        .join(SubmissionFold, SubmissionFold.submission_id == latest.c.submission_id)
        .where(latest.c.rank <= N_PAST)
        .group_by(*latest.c)
        .order_by(latest.c.finished_at, latest.c.submission_id)
    )
    return tuple(
        PastJob(row.event_id, row.team_id, (row.finished_at - row.started_at).total_seconds(), row.compute_s)
        for row in found
    )


def _compute(session: Session, now: datetime) -> tuple[tuple[int, float, float], ...]:
    """Return what the queue counts for each team: team, age in seconds, seconds of folds."""
    found = session.execute(
        select(EventTeam.team_id, Submission.finished_at, func.sum(fold_seconds()))
        .join(Submission, Submission.event_team_id == EventTeam.id)
        .join(SubmissionFold, SubmissionFold.submission_id == Submission.id)
        .where(Submission.finished_at > now - COMPUTE_WINDOW)
        .group_by(EventTeam.team_id, Submission.id, Submission.finished_at)
        .order_by(Submission.finished_at, Submission.id)
    )
    return tuple(
        (team_id, _age_s(finished_at, now), seconds)
        for team_id, finished_at, seconds in found
        if finished_at is not None
    )


def _arrivals(session: Session, event_ids: Iterable[int], now: datetime) -> tuple[Arrivals, ...]:
    """Return what came to these events in the last hour and passed its check, and who may submit."""
    event_ids = sorted(event_ids)
    came: dict[int, list[tuple[int, float]]] = {event_id: [] for event_id in event_ids}
    for event_id, team_id, submitted_at in session.execute(
        select(EventTeam.event_id, EventTeam.team_id, Submission.submitted_at)
        .join(Submission, Submission.event_team_id == EventTeam.id)
        .where(
            EventTeam.event_id.in_(event_ids),
            Submission.submitted_at > now - ARRIVAL_WINDOW,
            Submission.state != SubmissionState.checking_error,
        )
        .order_by(Submission.submitted_at.desc(), Submission.id.desc())
    ):
        came[event_id].append((team_id, _age_s(submitted_at, now)))
    teams: dict[int, list[int]] = {event_id: [] for event_id in event_ids}
    for event_id, team_id in session.execute(
        select(EventTeam.event_id, EventTeam.team_id)
        .where(EventTeam.event_id.in_(event_ids), EventTeam.approved_at.is_not(None), EventTeam.is_active)
        .order_by(EventTeam.id)
    ):
        teams[event_id].append(team_id)
    ends = session.execute(
        select(Event.id, Event.closes_at).where(Event.id.in_(event_ids)).order_by(Event.id)
    )
    return tuple(
        Arrivals.of(
            event_id,
            window_s=ARRIVAL_WINDOW.total_seconds(),
            came=came[event_id],
            all_team_ids=teams[event_id],
            closes_in_s=-_age_s(closes_at, now) if closes_at else None,
        )
        for event_id, closes_at in ends
    )


def _age_s(at: datetime, now: datetime) -> float:
    return (now - at).total_seconds()
