"""The jail that submissions run in."""

from invoke.context import Context

from databoard.tasks.console import command


@command()
def jail_check(c: Context, format: str = "table") -> int:
    """Attack the jail from inside and print which layers hold; exit code 2 when one does not."""
    import config
    from databoard.tasks import jail_report

    return jail_report.show(config.load(), format)
