"""The table of what operators were told of."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import Alert
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return alerts, the latest first; one query."""
    query = select(Alert)
    if "kind" in asked.chosen:
        query = query.where(Alert.kind == asked.chosen["kind"])
    if "is_open" in asked.chosen:
        query = query.where(
            Alert.ended_at.is_(None) if asked.chosen["is_open"] == "yes" else Alert.ended_at.is_not(None)
        )
    order = [SortColumn(Alert.first_at, True), SortColumn(Alert.id, True)]
    found = page_by_key(session, query, order, position=asked.position, size=asked.size)
    return found.with_rows(_row(alert) for (alert,) in found.rows)


def _row(alert: Alert) -> Row:
    sent = [at for at in (alert.mailed_at, alert.posted_at) if at is not None]
    return Row(
        {
            "kind": alert.kind,
            "state": alert.state if alert.ended_at is None else "ended",
            "text": alert.text,
            "fix": alert.fix,
            "first_at": alert.first_at,
            "last_sent_at": max(sent, default=None),
            "ended_at": alert.ended_at,
            "error": alert.error,
        }
    )


TABLE = Table(
    name="alerts",
    title="Alerts",
    about="What went out by mail or webhook: one message per kind and hour, and one at the end.",
    columns=(
        Column("kind", "Kind"),
        Column("state", "State", Kind.state),
        Column("text", "What is wrong"),
        Column("fix", "Fix"),
        Column("first_at", "Since", Kind.moment),
        Column("last_sent_at", "Last sent", Kind.moment),
        Column("ended_at", "Ended", Kind.moment),
        Column("error", "Not sent because"),
    ),
    filters=(Filter("kind", "Kind"), Filter("is_open", "Open", ("yes", "no"))),
    read=read,
    empty="There was no alert. The schedule looks every five minutes: fab tick --only alerts",
)
