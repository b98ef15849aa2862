"""The table of jobs: what waits, runs and has ended."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from databoard.models import Event, Job, Submission, Team, User
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.ages import parsed_age
from databoard.queries.tables.scope import own_events
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table
from databoard.services.base import joins
from databoard.states import PENDING_JOB_STATES, ErrorCode, JobState, JobStep

#: ``pending`` stands for what waits or runs.
STATES = (*(str(state) for state in JobState), "pending")
_Found = Select[Job, str, str, str, str, str]


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return jobs, the latest first; one query."""
    columns = (Job, Event.name, Team.name, Submission.name, Submission.slug, User.name)
    query = joins.team_and_event(joins.submission_of_job(select(*columns))).where(own_events(asked))
    query = query.outerjoin(User, User.id == Submission.user_id)
    order = [SortColumn(Job.created_at, True), SortColumn(Job.id, True)]
    found = page_by_key(session, _chosen(query, asked), order, position=asked.position, size=asked.size)
    return found.with_rows(
        _row(job, (event_name, team_name, name, slug, user_name), asked)
        for job, event_name, team_name, name, slug, user_name in found.rows
    )


def _chosen(query: _Found, asked: Asked) -> _Found:
    chosen = dict(asked.chosen)
    if chosen.get("state") == "pending":
        query = query.where(Job.state.in_(PENDING_JOB_STATES))
        del chosen["state"]
    if "age" in chosen:
        query = query.where(Job.created_at <= asked.now - parsed_age(chosen.pop("age")))
    columns = {
        "state": Job.state,
        "kind": Job.step,
        "error_code": Job.error_code,
        "worker": Job.worker,
        "event": Event.name,
        "team": Team.name,
        "submission": Submission.name,
        "user": User.name,
    }
    return query.where(*(columns[name] == value for name, value in chosen.items()))


def _row(job: Job, names: tuple[str, str, str, str, str | None], asked: Asked) -> Row:
    event_name, team_name, name, slug, user_name = names
    ended = job.finished_at or asked.now
    return Row(
        {
            "id": job.id,
            "kind": job.step,
            "state": job.state,
            "event": event_name,
            "team": team_name,
            "submission": name,
            "user": user_name,
            "priority": job.priority,
            "attempts": job.n_attempts,
            "worker": job.worker,
            "error_code": job.error_code,
            "created_at": job.created_at,
            "age_s": round((ended - job.created_at).total_seconds()),
            "running_s": None if job.started_at is None else round((ended - job.started_at).total_seconds()),
            "heartbeat_at": job.heartbeat_at if job.state is JobState.started else None,
        },
        {"job": job.id, "submission": slug, "event": event_name, "worker": job.worker or None},
    )


TABLE = Table(
    name="jobs",
    title="Jobs",
    about="A job is one step of a submission: check, training and testing, or scoring again.",
    columns=(
        Column("id", "Job", Kind.number, leads_to="job"),
        Column("kind", "Kind"),
        Column("state", "State", Kind.state),
        Column("event", "Event", leads_to="event"),
        Column("team", "Team"),
        Column("submission", "Submission", leads_to="submission"),
        Column("user", "User", leads_to="user"),
        Column("priority", "Priority", Kind.number),
        Column("attempts", "Attempts", Kind.number),
        Column("worker", "Worker", leads_to="worker"),
        Column("error_code", "Error"),
        Column("created_at", "Queued", Kind.moment),
        Column("age_s", "Age", Kind.seconds),
        Column("running_s", "Running", Kind.seconds),
        Column("heartbeat_at", "Last heartbeat", Kind.moment),
    ),
    filters=(
        Filter("state", "State", STATES),
        Filter("kind", "Kind", tuple(str(step) for step in JobStep)),
        Filter("error_code", "Error", tuple(str(code) for code in ErrorCode)),
        Filter("event", "Event"),
        Filter("team", "Team"),
        Filter("submission", "Submission"),
        Filter("user", "User"),
        Filter("worker", "Worker"),
        Filter("age", "Age at least", check=parsed_age, example="90s, 5m, 1h, 7d"),
    ),
    read=read,
    empty="No job matches. A job appears with each submission.",
    is_for_organisers=True,
    is_live=True,
)
