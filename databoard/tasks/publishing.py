"""Publish software and kits to a target, go back, run the services of a release, run any task on a target."""

from invoke.context import Context

from databoard.tasks.console import command


@command()
def publish_software(c: Context, target: str = "test", tag: str = "") -> None:
    """Publish this checkout's code, or that of a tag or commit, to a target; go back when it does not answer."""
    import config
    from databoard.tasks import publication

    publication.publish_software(config.load(), target_name=target, tag=tag)


@command("name")
def publish_problem(c: Context, name: str, target: str = "local") -> None:
    """Publish a kit with its raw data to a target: it is checked there, then replaces the one that is served."""
    import config
    from databoard.tasks import publication

    publication.publish_problem(config.load(), name=name, target_name=target)


@command("tag")
def rollback(c: Context, tag: str, target: str = "local", downgrade: bool = False) -> None:
    """Serve an earlier release of a target again; with downgrade take the database back where it must."""
    import config
    from databoard.tasks import publication

    publication.roll_back(config.load(), tag=tag, target_name=target, is_downgrade=downgrade)


@command()
def releases(c: Context, target: str = "local", format: str = "table") -> None:
    """List the releases of a target, the latest first, and which one is served."""
    import config
    from databoard.tasks import publication

    publication.show_releases(config.load(), target_name=target, format=format)


@command("target", "words")
def run_on(c: Context, target: str, words: str) -> int:
    """Run a fab call in the current release of a target; the same as the call with target=<name>."""
    import config
    from databoard.tasks import publication

    return publication.run_on(config.load(), target_name=target, words=words)


@command()
def run_services(c: Context, workers: int = 1) -> None:
    """Run the web server and workers of the current release. SIGHUP changes to a new release, SIGTERM ends all."""
    import config
    from databoard.ops.keeper import keep

    settings = config.load()
    settings.web_hosts()
    keep(settings, n_workers=int(workers))
