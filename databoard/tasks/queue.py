"""The queue by hand: list, look into one job, cancel, run again, recover."""

from invoke.context import Context

from databoard.tasks.console import command, server_session


@command()
def pending_jobs(
    c: Context, event: str = "", kind: str = "", page: int = 1, size: int = 50, format: str = "table"
) -> None:
    """List what runs, then what waits in the order of its turn, with when it starts; a page at a time."""
    from databoard.tasks import pending_table

    with server_session() as (_, session, _, now):
        found = pending_table.listed(session, event, kind, page=int(page), size=int(size), now=now)
    pending_table.show(found, format)


@command("job")
def show_job(c: Context, job: str, lines: int = 50, bundle: str = "", format: str = "table") -> None:
    """Print one job: attempts, times, progress, the end of each log; bundle=x.zip writes what helps to debug it."""
    from databoard.tasks import shown_job

    with server_session() as (_, session, store, now):
        facts = shown_job.found(session, job)
        shown_job.show(session, facts, lines=int(lines), format=format, now=now)
        if bundle:
            shown_job.write_bundle(session, facts, bundle, store=store, now=now)


@command()
def cancel_jobs(
    c: Context,
    job: str = "",
    submission: str = "",
    team: str = "",
    user: str = "",
    event: str = "",
    state: str = "",
    kind: str = "",
    worker: str = "",
    age: str = "",
    requeue: bool = False,
    all: bool = False,
    dry_run: bool = False,
    format: str = "table",
) -> None:
    """Cancel what waits or runs and fits every word; requeue queues it again, dry_run only prints."""
    from databoard.queries.records import cancelled_record
    from databoard.services.submissions import control
    from databoard.tasks import job_filters
    from databoard.tasks.output import require_format, show

    require_format(format)
    options = job_filters.Options(
        job, submission, team, user, event, state, kind=kind, worker=worker, age=age, is_all=all
    )
    with server_session() as (_, session, _, now):
        chosen = job_filters.job_filter(session, options, now=now)
        rows = control.cancel(session, chosen, actor=None, now=now, is_requeued=requeue, is_dry_run=dry_run)
    show(map(cancelled_record, rows), format)


@command()
def rerun(
    c: Context,
    submission: str = "",
    team: str = "",
    user: str = "",
    event: str = "",
    state: str = "",
    error_code: str = "",
    from_step: str = "train_test",
    priority: str = "normal",
    only: str = "",
    clean: bool = False,
    all: bool = False,
    dry_run: bool = False,
    format: str = "table",
) -> None:
    """Queue ended submissions again from check, train_test or score; old scores stay until new ones, unless clean."""
    from databoard.queries.records import rerun_record
    from databoard.services.submissions import control
    from databoard.services.submissions.selection import priority_named
    from databoard.states import JobStep
    from databoard.tasks import job_filters
    from databoard.tasks.choices import one_of
    from databoard.tasks.output import require_format, show

    require_format(format)
    step, rank = one_of(JobStep, from_step, "a step"), priority_named(priority)
    options = job_filters.Options("", submission, team, user, event, state, error_code, only=only, is_all=all)
    with server_session() as (_, session, _, now):
        rows = control.rerun(
            session,
            job_filters.job_filter(session, options),
            from_step=step,
            priority=rank,
            is_clean=clean,
            is_dry_run=dry_run,
            actor=None,
            now=now,
        )
    show(map(rerun_record, rows), format)


@command()
def reap_jobs(c: Context) -> None:
    """Give jobs of lost workers to others now; every worker does it by itself while it lives."""
    from databoard.services.results import recording

    with server_session() as (settings, session, _, now):
        n_lost = recording.reap(session, now=now, lease_s=settings.lease_s)
    if n_lost:
        print(f"Recovered {n_lost} job{'s' * (n_lost > 1)} of lost workers.")
    else:
        print("No job was lost: every running job has a live worker.")
