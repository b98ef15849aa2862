"""Write a kit, check one, build its environment."""

from invoke.context import Context

from databoard.tasks.console import command, file_store


@command("name")
def new_problem(c: Context, name: str, workflow: str = "classifier") -> None:
    """Write a kit that works into problems/<name>, to change step by step; an unknown workflow lists all."""
    import config
    from databoard.tasks import kit_report

    print(kit_report.new_problem(config.load(), name=name, workflow=workflow))


@command("name")
def check_problem(c: Context, name: str, format: str = "text") -> int:
    """Check all that a kit can get wrong; each finding with its line and how to fix it. Exit code 1 on errors."""
    import config
    from databoard.tasks import kit_report

    return kit_report.show_check(config.load(), name=name, format=format)


@command("problem")
def build_env(c: Context, problem: str, python: str = "", force: bool = False) -> None:
    """Build the environment that a problem asks for in requirements.txt or environment.yml, when it changed."""
    from databoard.ops import environments
    from databoard.tasks.steps import Steps

    with Steps(problem) as begin:
        environments.build(
            file_store(),
            problem_name=problem,
            python=python or None,
            is_forced=force,
            say=begin.say,
            begin=begin,
        )
