"""The quotas of teams: list them, and grant more."""

from invoke.context import Context

from databoard.tasks import classic
from databoard.tasks.console import command, server_session


@command("event", "team")
def quota(c: Context, event: str, team: str = "", format: str = "table") -> None:
    """Print what the teams of an event (or one team) may still submit today; format is table, json or csv."""
    from databoard.queries import quota as quota_queries
    from databoard.queries import records
    from databoard.services.events import events
    from databoard.tasks.output import show

    with server_session() as (_, session, _, now):
        found = events.event_by_name(session, event)
        teams = quota_queries.today(session, event=found, team_name=team, now=now)
    show([records.team_quota_record(name, today) for name, today in teams.items()], format)


@command("event", "team")
def grant_quota(c: Context, event: str, team: str, attempts: int = 0, scored: int = 0, day: str = "") -> None:
    """Give a team more submissions, or scored ones, for a day: YYYY-MM-DD, by default today."""
    from databoard.services.events import events
    from databoard.services.people import access
    from databoard.services.submissions import quota
    from databoard.services.teams import teams

    with server_session() as (_, session, _, now):
        event_team = access.event_team_in(
            session, event=events.event_by_name(session, event), team=teams.team_by_name(session, team)
        )
        today = quota.grant(
            session,
            event_team=event_team,
            by=None,
            attempts=attempts,
            scored=scored,
            day=classic.parse_day(day) if day else None,
            now=now,
        )
        print(f"{team} in {event}: {today.summary(now)}")
