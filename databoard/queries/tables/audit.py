"""The table of the audit log: who changed what."""

import json

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from databoard.models import AuditEntry, User
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table

#: How a change without an account is shown: by the command line, or by the server itself.
NO_ACTOR = "command line"
_Found = Select[AuditEntry, str]


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return changes, the latest first; one query."""
    query = select(AuditEntry, User.name).outerjoin(User, User.id == AuditEntry.actor_id)
    order = [SortColumn(AuditEntry.at, True), SortColumn(AuditEntry.id, True)]
    found = page_by_key(session, _chosen(query, asked), order, position=asked.position, size=asked.size)
    return found.with_rows(
        Row(
            {
                "id": entry.id,
                "at": entry.at,
                "actor": actor or NO_ACTOR,
                "action": entry.action,
                "kind": entry.object_type,
                "object": entry.object_name,
                "detail": json.dumps(entry.detail, default=str, sort_keys=True) if entry.detail else "",
            },
            {"user": actor},
        )
        for entry, actor in found.rows
    )


def _chosen(query: _Found, asked: Asked) -> _Found:
    chosen = dict(asked.chosen)
    if chosen.get("actor") == NO_ACTOR:
        query = query.where(AuditEntry.actor_id.is_(None))
        del chosen["actor"]
    columns = {
        "actor": User.name,
        "action": AuditEntry.action,
        "kind": AuditEntry.object_type,
        "object": AuditEntry.object_name,
    }
    return query.where(*(columns[name] == value for name, value in chosen.items()))


TABLE = Table(
    name="audit",
    title="Audit",
    about="Who changed what, from pages and from the command line. Entries are never changed.",
    columns=(
        Column("id", "Number", Kind.number),
        Column("at", "When", Kind.moment),
        Column("actor", "Who", leads_to="user"),
        Column("action", "Action"),
        Column("kind", "Kind"),
        Column("object", "What"),
        Column("detail", "Details"),
    ),
    filters=(
        Filter("actor", "Who"),
        Filter("action", "Action"),
        Filter("kind", "Kind"),
        Filter("object", "What"),
    ),
    read=read,
    empty="No change matches.",
)
