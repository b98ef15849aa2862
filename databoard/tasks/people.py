"""Accounts and teams: create, approve, sign up to an event."""

from invoke.context import Context

from databoard.tasks import classic
from databoard.tasks.console import command, secret, server_session


@command("name", "password", "lastname", "firstname", "email")
def create_user(
    c: Context,
    name: str,
    password: str,
    lastname: str,
    firstname: str,
    email: str,
    access_level: str = "user",
    hidden_notes: str = "",
) -> None:
    """Create an account that is approved; access_level is user or admin. Password - asks for it."""
    from databoard.services.people import accounts
    from databoard.states import AccessLevel

    if access_level not in set(AccessLevel):
        raise classic.UsageError(f"expected access_level {', '.join(AccessLevel)}, got {access_level!r}")
    with server_session() as (_, session, _, now):
        accounts.create_user(
            session,
            name=name,
            password=secret(password),
            lastname=lastname,
            firstname=firstname,
            email=email,
            access_level=AccessLevel(access_level),
            hidden_notes=hidden_notes,
            now=now,
        )
    print(f"Created {access_level} {name} and the team of the same name.")


@command("user")
def approve_user(c: Context, user: str) -> None:
    """Let a waiting account in."""
    from databoard.services.people import accounts

    with server_session() as (_, session, _, now):
        found = accounts.user_by_name(session, user)
        n_approved = accounts.approve_users(session, user_ids=[found.id], by=None, now=now)
    print(f"Approved {user}." if n_approved else f"{user} is approved already.")


@command("name", "members")
def create_team(c: Context, name: str, members: str) -> None:
    """Make a team of several users, their names separated by commas."""
    from databoard.services.people import accounts
    from databoard.services.teams import teams

    with server_session() as (_, session, _, now):
        users = [accounts.user_by_name(session, member) for member in classic.parse_words(members)]
        teams.create_team(session, name=name, members=users, now=now)
    print(f"Team {name}: {members}.")


@command("event", "team")
def sign_up_team(c: Context, event: str, team: str) -> None:
    """Sign a team up for an event, let it in and give it the starting kit."""
    from databoard.services.events import events
    from databoard.services.teams import sign_ups, teams

    with server_session() as (_, session, store, now):
        found = events.event_by_name(session, event)
        row = sign_ups.sign_up_team(
            session, event=found, team=teams.team_by_name(session, team), store=store, now=now
        )
        is_new = row.approved_at == now
    print(f"{team} takes part in {event}{'' if is_new else ' already'}.")


@command("event", "user")
def make_event_admin(c: Context, event: str, user: str) -> None:
    """Let a user run an event."""
    from databoard.services.events import provisioning
    from databoard.services.people import accounts

    with server_session() as (_, session, _, now):
        found = accounts.user_by_name(session, user)
        print(provisioning.make_event_admin(session, event_name=event, user=found, now=now).text)
