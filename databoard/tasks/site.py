"""The site by hand: how it does, maintenance, one event, one account, its services."""

from invoke.context import Context

from databoard.tasks import classic
from databoard.tasks.console import command, secret, server_session


@command()
def status(c: Context, settings: bool = False, format: str = "table") -> int:
    """Say what is wrong and which command fixes it; exit code 1 when something is broken. settings lists them all."""
    import config
    from databoard.clock import utc_now
    from databoard.tasks import site_status
    from databoard.tasks.output import require_format

    require_format(format)
    return site_status.show(config.load(), format, is_with_settings=settings, now=utc_now())


@command("state")
def maintenance(c: Context, state: str = "", message: str = "") -> None:
    """Close the site (on) or open it (off); without a word say whether it is closed. Works without a database."""
    import config
    from databoard.clock import utc_now
    from databoard.tasks import site_status

    if state not in {"", "on", "off"}:
        raise classic.UsageError(f"expected on, off or nothing, got {state!r}")
    print(site_status.switch(config.load(), state, message, now=utc_now()))


@command("event")
def set_event(c: Context, event: str, changes: str = "") -> None:
    """Change an event: fab set_event:iris,is_frozen=True or --changes is_frozen=True; prints field: old -> new."""
    from databoard.services.events import events
    from databoard.services.events.changing import change_event

    given = classic.parse_pairs(changes)
    with server_session() as (_, session, _, now):
        found = events.event_by_name(session, event)
        lines = list(map(str, change_event(session, found, given, actor=None, now=now)))
    print("\n".join(lines) if lines else "Nothing had changed.")


@command("login")
def set_user(c: Context, login: str, changes: str = "") -> None:
    """Change an account: fab set_user:alice,access_level=admin or --changes is_banned=True; password=- asks."""
    from databoard.services.people import accounts
    from databoard.services.submissions import banning

    given = classic.parse_pairs(changes)
    if "password" in given:
        given["password"] = secret(given["password"])
    with server_session() as (_, session, _, now):
        found = accounts.user_by_name(session, login)
        changed, cancelled = banning.set_user(session, found, given, actor=None, now=now)
        lines = list(map(str, changed))
    lines += [f"cancelled: {row.event}/{row.team}/{row.submission}" for row in cancelled]
    print("\n".join(lines) if lines else "Nothing had changed.")


@command("service")
def restart(c: Context, service: str = "") -> None:
    """Start web server and workers again (or only web, or worker); requests and jobs that run come to their end."""
    import config
    from databoard.ops import restarting

    if service not in {"", "web", "worker"}:
        raise classic.UsageError(f"expected web, worker or nothing, got {service!r}")
    print("\n".join(restarting.restart(config.load(), service)))
