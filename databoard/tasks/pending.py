"""What waits and what runs."""

from databoard.tasks.console import command, server_session


@command()
def pending_jobs(c, event="", kind="", page=1, size=50, format="table"):
    """List what runs, then what waits in the order of its turn, with when it starts; a page at a time."""
    from databoard.ops import pending
    from databoard.ops.output import rendered

    with server_session() as (_, session, _, now):
        found = pending.listed(session, event, kind, page=int(page), size=int(size), now=now)
        print(rendered(found.rows, format))
    pending.tell_pages(found)
