"""The table of events."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.models import Event, EventTeam, Problem
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.scope import own_events
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return events, the latest first; one query."""
    n_teams = (
        select(func.count(EventTeam.id))
        .where(EventTeam.event_id == Event.id, EventTeam.approved_at.is_not(None))
        .scalar_subquery()
    )
    columns = {"event": Event.name, "problem": Problem.name}
    chosen = [columns[name] == value for name, value in asked.chosen.items()]
    query = select(Event, Problem.name, n_teams).join(Problem, Problem.id == Event.problem_id)
    order = [SortColumn(Event.created_at, True), SortColumn(Event.id, True)]
    page = query.where(own_events(asked), *chosen)
    found = page_by_key(session, page, order, position=asked.position, size=asked.size)
    return found.with_rows(
        Row(
            {
                "id": event.id,
                "event": event.name,
                "title": event.title,
                "problem": problem,
                "is_public": event.is_public,
                "is_featured": event.is_featured,
                "is_frozen": event.is_frozen,
                "opens_at": event.opens_at,
                "public_opens_at": event.public_opens_at,
                "closes_at": event.closes_at,
                "teams": n,
                "scored": event.n_board_rows,
                "created_at": event.created_at,
            },
            {"event_settings": event.name, "problem": problem},
        )
        for event, problem, n in found.rows
    )


TABLE = Table(
    name="events",
    title="Events",
    about="Every event with its dates. Times are UTC.",
    columns=(
        Column("id", "Number", Kind.number),
        Column("event", "Event", leads_to="event_settings"),
        Column("title", "Title"),
        Column("problem", "Problem", leads_to="problem"),
        Column("is_public", "Public", Kind.flag),
        Column("is_featured", "Featured", Kind.flag),
        Column("is_frozen", "Frozen", Kind.flag),
        Column("opens_at", "Opens", Kind.moment),
        Column("public_opens_at", "Code opens", Kind.moment),
        Column("closes_at", "Closes", Kind.moment),
        Column("teams", "Teams", Kind.number),
        Column("scored", "Scored", Kind.number),
        Column("created_at", "Created", Kind.moment),
    ),
    filters=(Filter("event", "Event"), Filter("problem", "Problem")),
    read=read,
    empty="No event matches. Make one: fab add_event",
    is_for_organisers=True,
)
