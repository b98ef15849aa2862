"""The table of accounts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import User
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table
from databoard.states import AccessLevel


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return accounts, the latest first; one query."""
    columns = {"user": User.name, "level": User.access_level, "email": User.email}
    chosen = [columns[name] == value for name, value in asked.chosen.items()]
    order = [SortColumn(User.created_at, True), SortColumn(User.id, True)]
    query = select(User).where(*chosen)
    found = page_by_key(session, query, order, position=asked.position, size=asked.size)
    return found.with_rows(
        Row(
            {
                "id": user.id,
                "user": user.name,
                "name": user.fullname,
                "email": user.email,
                "level": user.access_level,
                "is_banned": user.is_banned,
                "created_at": user.created_at,
            },
            {"user": user.name},
        )
        for (user,) in found.rows
    )


TABLE = Table(
    name="users",
    title="Users",
    about="Every account, also those that wait for approval (level asked).",
    columns=(
        Column("id", "Number", Kind.number),
        Column("user", "User", leads_to="user"),
        Column("name", "Name"),
        Column("email", "E-mail"),
        Column("level", "Level"),
        Column("is_banned", "Banned", Kind.flag),
        Column("created_at", "Created", Kind.moment),
    ),
    filters=(
        Filter("user", "User"),
        Filter("level", "Level", tuple(str(level) for level in AccessLevel)),
        Filter("email", "E-mail"),
    ),
    read=read,
    empty="No account matches. People sign up on the page; fab create_user makes an account.",
)
