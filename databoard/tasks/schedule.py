"""What runs by itself: ``fab tick``, which cron calls once a minute."""

from invoke.context import Context

from databoard.tasks.console import command


@command()
def tick(c: Context, only: str = "", dry_run: bool = False, format: str = "table") -> int:
    """Run what is due of the schedule, or `only` one entry; for cron, once a minute. Exit code 1 when one failed."""
    import config
    from databoard.tasks import tick_report

    return tick_report.tick(config.load(), only=only, is_dry_run=dry_run, format=format)
