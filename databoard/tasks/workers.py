"""The workers: run one, list all."""

from invoke.context import Context

from databoard.tasks.console import command, server_session


@command()
def worker(c: Context) -> None:
    """Train what waits in the queue until it is stopped."""
    import config
    from databoard import logs
    from databoard import worker as training_worker

    settings = config.load()
    logs.set_up(logs.LogSettings.of(settings), source="worker", secrets=settings.secrets())
    training_worker.run(settings)


@command()
def workers(c: Context, format: str = "table") -> int:
    """List the workers of the last day; exit code 1 when none is alive or one was refused its jail."""
    from databoard.tasks import worker_table

    with server_session() as (settings, session, _, now):
        return worker_table.show(session, settings, format, now=now)
