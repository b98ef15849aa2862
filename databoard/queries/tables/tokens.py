"""The table of tokens. It holds no token: only hashes are kept, and they are not shown."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import Token, User
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return tokens, the latest first; one query."""
    chosen = [User.name == value for value in asked.chosen.values()]
    query = select(Token, User).join(User, User.id == Token.user_id).where(*chosen)
    found = page_by_key(
        session, query, [SortColumn(Token.id, True)], position=asked.position, size=asked.size
    )
    return found.with_rows(_row(token, user, asked) for token, user in found.rows)


def _row(token: Token, user: User, asked: Asked) -> Row:
    holds = token.expires_at > asked.now and user.is_approved and not user.is_banned
    return Row(
        {
            "id": token.id,
            "user": user.name,
            "name": token.name,
            "scopes": token.scopes,
            "holds": holds,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "used_at": token.used_at,
        },
        {"user": user.name},
    )


TABLE = Table(
    name="tokens",
    title="Tokens",
    about="What programs show to act for an administrator. A token is shown once: fab add_token:<login>",
    columns=(
        Column("id", "Number", Kind.number),
        Column("user", "User", leads_to="user"),
        Column("name", "Name"),
        Column("scopes", "Opens"),
        Column("holds", "Holds", Kind.flag),
        Column("created_at", "Created", Kind.moment),
        Column("expires_at", "Expires", Kind.moment),
        Column("used_at", "Last used", Kind.moment),
    ),
    filters=(Filter("user", "User"),),
    read=read,
    empty="No token. Make one: fab add_token:<login>,name=<what it is for>",
)
