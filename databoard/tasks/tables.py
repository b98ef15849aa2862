"""The tables of the administration on the command line: the rows that ``/admin`` shows."""

from invoke.context import Context

from databoard.tasks.console import command, server_session


@command("table")
def show(
    c: Context, table: str, where: str = "", after: str = "", page_size: int = 0, format: str = "table"
) -> None:
    """Print a table such as jobs or users; filters: fab show:jobs,state=error or --where state=error,event=iris."""
    from databoard.tasks import shown_table

    with server_session() as (settings, session, _, now):
        asked = shown_table.asked(settings, where, after, int(page_size), now=now)
        shown_table.show(session, table, asked, format)
