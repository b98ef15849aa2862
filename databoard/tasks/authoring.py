"""Write a kit, and check one."""

from databoard.tasks.console import command


@command("name")
def new_problem(c, name, workflow="classifier"):
    """Write a kit that works into problems/<name>, to change step by step; an unknown workflow lists all."""
    import config
    from databoard.ops import authoring

    print(authoring.new_problem(config.load(), name=name, workflow=workflow))


@command("name")
def check_problem(c, name, format="text"):
    """Check all that a kit can get wrong; each finding with its line and how to fix it. Exit code 1 on errors."""
    import config
    from databoard.ops import authoring

    return authoring.show_check(config.load(), name=name, format=format)
