"""Compute the stored rows of leaderboards again."""

from invoke.context import Context

from databoard.tasks.console import command


@command()
def rebuild_boards(c: Context, event: str | None = None, format: str = "table") -> int:
    """Compute the stored rows of an event's boards again, of all events by default; print what differed."""
    import config
    from databoard.ops import boards
    from databoard.tasks import output
    from databoard.tasks.steps import Steps

    output.require_format(format)
    differences = []
    with Steps("boards", quiet_s=1.0) as step:
        step("computed from the results")
        for name, found in boards.rebuild(config.load(), event_name=event):
            step(name)
            differences += found
    if differences or format != "table":
        output.show(differences, format)
    else:
        print("Every stored row is what the results give.")
    return 1 if differences else 0
