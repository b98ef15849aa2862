"""The workers: run one, list all, drain one by hand."""

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


@command("worker")
def drain_worker(c: Context, worker: str) -> None:
    """Let a worker end its job and take no other, until it is resumed or ends."""
    _set_draining(worker, is_draining=True)
    print(f"{worker} is drained: it ends its job and takes no other. Resume it: fab resume_worker:{worker}")


@command("worker")
def resume_worker(c: Context, worker: str) -> None:
    """Let a drained worker take jobs again."""
    _set_draining(worker, is_draining=False)
    print(f"{worker} takes jobs again.")


def _set_draining(name: str, *, is_draining: bool) -> None:
    from databoard.services.queue import workers as queued_workers

    with server_session() as (settings, session, _, now):
        queued_workers.set_draining(
            session, name, is_draining=is_draining, actor=None, now=now, lease_s=settings.lease_s
        )
