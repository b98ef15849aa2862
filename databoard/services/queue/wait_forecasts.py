"""Store the forecasts of waiting times, and correct the next ones by how long submissions really waited.

`worker.forecasts` reads the queue, computes outside of any transaction, and records the result here. Pages read only
what was recorded, with a constant number of queries.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from databoard.forecasting.calibration import N_LATEST, Calibration, PastWait, calibration_of
from databoard.forecasting.forecast import Forecast
from databoard.models import EventTeam, Job, WaitForecast
from databoard.services.base import joins
from databoard.services.base.database import begin_writing
from databoard.services.queue.order import QUEUED_STEPS, is_any_waiting
from databoard.states import JobState

LEARNING_WINDOW = timedelta(hours=24)
#: How long a forecast is kept: it teaches for a day.
KEPT_FOR = timedelta(days=2)


def is_any(session: Session) -> bool:
    """Whether something waits for its turn."""
    return is_any_waiting(session, steps=QUEUED_STEPS)


def calibrations(session: Session, *, now: datetime) -> dict[int, Calibration]:
    """Return by event by how much the next forecasts are stretched; one query."""
    rank = func.row_number().over(
        partition_by=EventTeam.event_id, order_by=(WaitForecast.made_at.desc(), WaitForecast.id.desc())
    )
    forecasts = select(
        EventTeam.event_id,
        WaitForecast.made_at,
        WaitForecast.first_p50_s,
        WaitForecast.first_p90_s,
        Job.started_at,
        Job.finished_at,
        rank.label("rank"),
    ).join(Job, Job.id == WaitForecast.job_id)
    rows = (
        joins.event_team(joins.submission_of_job(forecasts))
        # One that was handed back has started before, nobody knows when: its second wait is another.
        .where(
            WaitForecast.made_at > now - LEARNING_WINDOW,
            or_(Job.n_attempts == 0, (Job.n_attempts == 1) & Job.started_at.is_not(None)),
        )
        .subquery()
    )
    by_event: dict[int, list[PastWait]] = {}
    for row in session.execute(select(rows).where(rows.c.rank <= N_LATEST).order_by(rows.c.rank)):
        end = row.started_at or row.finished_at or now
        wait_s = (end - row.made_at).total_seconds()
        by_event.setdefault(row.event_id, []).append(
            PastWait(row.first_p50_s, row.first_p90_s, wait_s, row.started_at is not None)
        )
    return {event_id: calibration_of(past) for event_id, past in by_event.items()}


def record(
    session: Session,
    forecasts: dict[int, Forecast],
    *,
    calibrations: dict[int, Calibration],
    made_at: datetime,
    now: datetime,
) -> int:
    """Tell those who still wait what was computed for the moment `made_at`; return how many they are."""
    begin_writing(session)
    told = session.execute(
        joins.event_team(joins.submission_of_job(select(Job.id, EventTeam.event_id, WaitForecast.id)))
        .outerjoin(WaitForecast, WaitForecast.job_id == Job.id)
        .where(Job.state == JobState.waiting, Job.step.in_(QUEUED_STEPS))
    ).all()
    new: list[dict[str, object]] = []
    again: list[dict[str, object]] = []
    for job_id, event_id, row_id in told:
        if job_id not in forecasts:
            continue
        raw = forecasts[job_id]
        p50_s, p90_s = calibrations.get(event_id, Calibration()).applied(raw.p50_s, raw.p90_s)
        times = {
            "likely_at": made_at + timedelta(seconds=p50_s),
            "latest_at": made_at + timedelta(seconds=p90_s),
        }
        if row_id is None:
            first = {"job_id": job_id, "made_at": made_at, "first_p50_s": raw.p50_s, "first_p90_s": raw.p90_s}
            new.append({**first, **times})
        else:
            again.append({"id": row_id, **times})
    if new:
        session.execute(insert(WaitForecast), new)
    if again:
        session.execute(update(WaitForecast), again)
    session.execute(delete(WaitForecast).where(WaitForecast.made_at < now - KEPT_FOR))
    return len(new) + len(again)
