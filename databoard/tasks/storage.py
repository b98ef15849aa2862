"""The files that the server keeps."""

from invoke.context import Context

from databoard.tasks.console import command


@command()
def check_storage(c: Context, fix: bool = False, format: str = "table") -> int:
    """List files that are missing, orphaned or of a wrong size; fix=True removes orphans of a day or older."""
    import config
    from databoard.tasks import storage_report

    return storage_report.check(config.load(), is_fixing=fix, format=format)


@command()
def storage_snapshot(c: Context, format: str = "table") -> int:
    """Measure what is stored and keep it as the snapshot of today; the schedule does it on Sundays."""
    import config
    from databoard.tasks import storage_report

    return storage_report.snapshot(config.load(), format=format)
