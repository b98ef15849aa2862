"""The log files: the last records of web server, workers and commands, and those that come."""

from invoke.context import Context

from databoard.tasks import classic
from databoard.tasks.console import command


@command()
def logs(c: Context, source: str = "", level: str = "INFO", lines: int = 50, follow: bool = False) -> None:
    """Show the last lines of the logs. source: web, worker, ops or access; follow=True goes on until Ctrl-C."""
    import config
    from databoard.logs import SOURCES, reading

    level = level.upper()
    if source and source not in SOURCES:
        raise classic.UsageError(f"expected source {', '.join(SOURCES)}, got {source!r}")
    if level not in config.LOG_LEVELS:
        raise classic.UsageError(f"expected level {', '.join(config.LOG_LEVELS)}, got {level!r}")
    folder = config.load().home / "logs"
    sources = (source,) if source else SOURCES[:3]
    found = reading.last_entries(folder, sources, level=level, n=max(0, int(lines)))
    for entry in found:
        print(f"{entry.source}: {entry.text}")
    if not found:
        print(f"Nothing of level {level} is logged in {folder}.")
    if follow:
        reading.print_what_comes(folder, sources, level=level)
