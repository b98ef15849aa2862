"""The queue by hand: cancel, run again, recover."""

from databoard.tasks.console import command, server_session


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
    from databoard.ops import queue_control
    from databoard.ops.output import rendered

    words = queue_control.Words(job, submission, team, user, event, state, kind=kind, is_all=all)
    with server_session() as (_, session, _, now):
        print(rendered(queue_control.cancel_jobs(session, words, now=now, is_dry_run=dry_run), format))


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
    from databoard.ops import queue_control
    from databoard.ops.output import rendered

    words = queue_control.Words("", submission, team, user, event, state, error_code, is_all=all)
    options = {"from_step": from_step, "priority": priority, "is_dry_run": dry_run}
    with server_session() as (_, session, _, now):
        print(rendered(queue_control.rerun(session, words, now=now, **options), format))


@command()
def reap_jobs(c):
    """Give jobs of lost workers to others now; every worker does it by itself while it lives."""
    from databoard.ops import queue_control

    with server_session() as (settings, session, _, now):
        print(queue_control.reap_jobs(session, now=now, lease_s=settings.lease_s))
