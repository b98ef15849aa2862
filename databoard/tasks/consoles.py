"""Look at the database by hand, and the statistics of the site."""

from invoke.context import Context

from databoard.tasks.console import command, server_session


@command()
def sql(c: Context, query: str = "", write: str = "", format: str = "table") -> None:
    """Run a statement and print its rows, or open the database's shell; read-only without write=<database>."""
    import config
    from databoard.tasks import sql_report

    sql_report.sql(config.load(), query=query, write=write, format=format)


@command()
def shell(c: Context) -> None:
    """Open a Python shell with the models and a session; the audit says that it was opened."""
    import config
    from databoard.clock import utc_now
    from databoard.ops import console, guard
    from databoard.services.base.database import open_database

    settings = config.load()
    with open_database(settings) as database:
        guard.require_ready(settings, database.engine)
    console.python_shell(settings, now=utc_now())


@command()
def stats(c: Context, year: int = 0, format: str = "table") -> None:
    """Print users, teams and submissions of a year by month, and write statistics/databoard_<year>.csv."""
    from databoard.ops import statistics
    from databoard.tasks.output import require_format, show

    require_format(format)
    with server_session() as (settings, session, _, now):
        path, records = statistics.write_year(settings, session, int(year) or now.year, now=now)
    show(records, format)
    say_written(path)


@command()
def event_stats(c: Context, format: str = "table") -> None:
    """Print every public event with its teams and submissions, and write statistics/events.csv."""
    from databoard.ops import statistics
    from databoard.tasks.output import require_format, show

    require_format(format)
    with server_session() as (settings, session, _, _):
        path, records = statistics.write_events(settings, session)
    show(records, format)
    say_written(path)


def say_written(path: object) -> None:
    """Say on standard error which file was written, so that output for programs stays clean."""
    import sys

    print(f"Written to {path}.", file=sys.stderr)
