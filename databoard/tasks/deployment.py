"""Set a machine up to run a published server: its services, its database."""

from invoke.context import Context

from databoard.tasks.console import command


@command()
def install_services(
    c: Context,
    domain: str = "",
    user: str = "databoard",
    path: str = "",
    workers: int = 2,
    folder: str = "services",
    dask: bool = False,
    yes: bool = False,
) -> None:
    """Write units of systemd, site files of nginx and Apache and the cron line to a folder; with yes install them."""
    from pathlib import Path

    import config
    from databoard.ops.deploy import services
    from databoard.ops.keeper import current_link

    settings = config.load()
    plan = services.ServicePlan(
        path=path or str(current_link().parent),
        user=user,
        domain=domain or next(iter(settings.hosts), "challenge.example.org"),
        port=settings.port,
        n_workers=int(workers),
        n_web_workers=settings.web_workers,
        max_upload_bytes=settings.max_upload_bytes,
        has_dask=dask or bool(settings.dask_scheduler),
        dask_scheduler=settings.dask_scheduler or services.ServicePlan.dask_scheduler,
    )
    if yes:
        print("\n".join(services.install(plan)))
        return
    for written in services.write(plan, Path(folder)):
        print(written)
    print("Look at them, then install them as root: fab install_services:yes=True")


@command()
def setup_postgres(
    c: Context, database: str = "databoard", user: str = "databoard", admin: str = "", env_file: str = ""
) -> None:
    """Make the PostgreSQL database and its user, and write its address into the file of settings."""
    import os
    from pathlib import Path

    import config
    from databoard.errors import RuleError
    from databoard.ops.deploy import postgres

    path = env_file or os.environ.get(config.Config.env_file.variable, "")
    if not path:
        raise RuleError("Expected the file of settings to write to: env_file=<path>, or DATABOARD_ENV_FILE.")
    print("\n".join(postgres.set_up(database=database, user=user, admin=admin, env_file=Path(path))))
