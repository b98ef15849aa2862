"""The queue by hand: list, cancel, run again, recover."""

from databoard.tasks.console import command, server_session


@command()
def pending_jobs(c, event="", kind="", page=1, size=50, format="table"):
    """List what runs, then what waits in the order of its turn, with when it starts; a page at a time."""
    from databoard.ops.output import rendered
    from databoard.tasks import pending_table

    with server_session() as (_, session, _, now):
        found = pending_table.listed(session, event, kind, page=int(page), size=int(size), now=now)
        print(rendered(found.rows, format))
    pending_table.tell_pages(found)


@command()
def cancel_jobs(
    c,
    job="",
    submission="",
    team="",
    user="",
    event="",
    state="",
    kind="",
    all=False,
    dry_run=False,
    format="table",
):
    """Cancel what waits or runs and fits every word; dry_run only prints. Unused quota is returned."""
    from databoard.ops.output import rendered
    from databoard.tasks import job_filters

    words = job_filters.Words(job, submission, team, user, event, state, kind=kind, is_all=all)
    with server_session() as (_, session, _, now):
        print(rendered(job_filters.cancel_jobs(session, words, now=now, is_dry_run=dry_run), format))


@command()
def rerun(
    c,
    submission="",
    team="",
    user="",
    event="",
    state="",
    error_code="",
    from_step="train_test",
    priority="normal",
    all=False,
    dry_run=False,
    format="table",
):
    """Queue ended submissions again from check, train_test or score; what waits or runs is skipped."""
    from databoard.ops.output import rendered
    from databoard.tasks import job_filters

    words = job_filters.Words("", submission, team, user, event, state, error_code, is_all=all)
    options = {"from_step": from_step, "priority": priority, "is_dry_run": dry_run}
    with server_session() as (_, session, _, now):
        print(rendered(job_filters.rerun(session, words, now=now, **options), format))


@command()
def reap_jobs(c):
    """Give jobs of lost workers to others now; every worker does it by itself while it lives."""
    from databoard.tasks import job_filters

    with server_session() as (settings, session, _, now):
        print(job_filters.reap_jobs(session, now=now, lease_s=settings.lease_s))
