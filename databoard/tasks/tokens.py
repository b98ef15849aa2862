"""Tokens for scripts of administrators: make one, delete one. ``fab show:tokens`` lists them."""

from invoke.context import Context

from databoard.tasks import classic
from databoard.tasks.console import command, server_session


@command("login")
def add_token(c: Context, login: str, name: str = "", days: int = 90) -> None:
    """Make a token with which a program acts for an administrator; it is printed once and kept as a hash only."""
    from databoard.services.people import accounts, tokens

    with server_session() as (_, session, _, now):
        user = accounts.user_by_name(session, login)
        token, word = tokens.add(session, user=user, name=name, days=int(days), actor=None, now=now)
        print(f"Token {token.id} of {user.name} holds until {token.expires_at:%Y-%m-%d %H:%M} UTC:")
    print(
        f"{word}\nIt is shown only now. Send it so: curl -H 'Authorization: Bearer <token>' …/admin/jobs.json"
    )


@command("token")
def delete_token(c: Context, token: str) -> None:
    """Delete a token by its number; it holds no longer at once."""
    from databoard.services.people import tokens

    if not token.isdecimal():
        raise classic.UsageError(f"expected the number of a token (fab show:tokens), got {token!r}")
    with server_session() as (_, session, _, now):
        found = tokens.delete(session, int(token), actor=None, now=now)
        print(f"Deleted token {found.id} of {found.user.name}.")
