"""The table of submissions of every event."""

from math import isfinite

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from databoard.models import Event, EventScoreType, LeaderboardRow, ScoreType, Submission, Team, User
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.scope import own_events
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table
from databoard.services.base import joins
from databoard.states import ERROR_STATES, ErrorCode, SubmissionState, SubmissionType

#: ``error`` stands for every state of an error.
STATES = (*(str(state) for state in SubmissionState), "error")


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return submissions with their official public scores, the latest first; one query."""
    order = [SortColumn(Submission.submitted_at, True), SortColumn(Submission.id, True)]
    query = _chosen(_scored(own_events(asked)), asked)
    found = page_by_key(session, query, order, position=asked.position, size=asked.size)
    return found.with_rows(
        Row(
            {
                "id": submission.id,
                "event": event_name,
                "team": team_name,
                "submission": submission.name,
                "user": user_name,
                "type": submission.type,
                "state": submission.state,
                "error_code": submission.error_code,
                "score": _score(key, is_lower_the_better),
                "submitted_at": submission.submitted_at,
                "finished_at": submission.finished_at,
            },
            {
                "administered": submission.id,
                "submission": submission.slug,
                "event": event_name,
                "user": user_name,
            },
        )
        for submission, event_name, team_name, user_name, key, is_lower_the_better in found.rows
    )


def _scored(condition: ColumnElement[bool]) -> Select[Submission, str, str, str, float, bool]:
    """Return a query of submissions, each with what its official score is computed from."""
    columns = (Submission, Event.name, Team.name, User.name)
    query = joins.team_and_event(select(*columns, LeaderboardRow.public_key, ScoreType.is_lower_the_better))
    official = and_(EventScoreType.event_id == Event.id, EventScoreType.is_official)
    return (
        query.outerjoin(User, User.id == Submission.user_id)
        .outerjoin(LeaderboardRow, LeaderboardRow.submission_id == Submission.id)
        .outerjoin(EventScoreType, official)
        .outerjoin(ScoreType, ScoreType.id == EventScoreType.score_type_id)
        .where(condition)
    )


def _chosen(
    query: Select[Submission, str, str, str, float, bool], asked: Asked
) -> Select[Submission, str, str, str, float, bool]:
    chosen = dict(asked.chosen)
    if chosen.get("state") == "error":
        query = query.where(Submission.state.in_(ERROR_STATES))
        del chosen["state"]
    columns = {
        "event": Event.name,
        "team": Team.name,
        "user": User.name,
        "submission": Submission.name,
        "type": Submission.type,
        "state": Submission.state,
        "error_code": Submission.error_code,
    }
    return query.where(*(columns[name] == value for name, value in chosen.items()))


def _score(key: float | None, is_lower_the_better: bool | None) -> float | None:
    """Return the score that a key orders boards by: see :class:`~databoard.models.LeaderboardRow`."""
    if key is None or not isfinite(key):
        return None
    return key if is_lower_the_better else -key


TABLE = Table(
    name="submissions",
    title="Submissions",
    about="Every submission with its state and its official score on the public leaderboard.",
    columns=(
        Column("id", "Number", Kind.number, leads_to="administered"),
        Column("event", "Event", leads_to="event"),
        Column("team", "Team"),
        Column("submission", "Submission", leads_to="submission"),
        Column("user", "User", leads_to="user"),
        Column("type", "Type"),
        Column("state", "State", Kind.state),
        Column("error_code", "Error"),
        Column("score", "Score", Kind.number),
        Column("submitted_at", "Submitted", Kind.moment),
        Column("finished_at", "Finished", Kind.moment),
    ),
    filters=(
        Filter("state", "State", STATES),
        Filter("error_code", "Error", tuple(str(code) for code in ErrorCode)),
        Filter("event", "Event"),
        Filter("team", "Team"),
        Filter("user", "User"),
        Filter("submission", "Submission"),
        Filter("type", "Type", tuple(str(type_) for type_ in SubmissionType)),
    ),
    read=read,
    empty="No submission matches. Participants submit in the sandbox of their event.",
    is_for_organisers=True,
)
