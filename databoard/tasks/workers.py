"""The workers: run one, list all."""

from invoke.context import Context

from databoard.tasks.console import command, server_session


@command()
def worker(c: Context) -> None:
    """Train what waits in the queue until it is stopped."""
    import logging

    import config
    from databoard import worker as training_worker

    settings = config.load()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports every look at the revision
    training_worker.run(settings)


@command()
def workers(c: Context, format: str = "table") -> int:
    """List the workers of the last day; exit code 1 when none is alive or one was refused its jail."""
    from databoard.tasks import worker_table

    with server_session() as (settings, session, _, now):
        return worker_table.show(session, settings, format, now=now)
