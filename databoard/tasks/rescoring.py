"""Score the submissions of an event again."""

from invoke.context import Context

from databoard.tasks.console import command


@command("event")
def rescore(c: Context, event: str, dry_run: bool = False, format: str = "table") -> int:
    """Score an event again from stored predictions and print who changes rank; with dry-run write nothing."""
    import config
    from databoard.tasks import rescoring_report

    return rescoring_report.rescore(config.load(), event_name=event, is_dry_run=dry_run, format=format)
