"""Build the environment of a kit and say what was done. Called by ``fab build_env`` and ``fab add_problem``."""

from collections.abc import Callable

from databoard import kits
from databoard.services.base.files import FileStore


def build(
    store: FileStore,
    *,
    problem_name: str,
    python: str | None = None,
    is_forced: bool = False,
    is_quiet_without: bool = False,
    say: Callable[[str], None] = print,
    begin: Callable[[str], None] = lambda step: None,
) -> None:
    """Build what the kit asks for unless it is there, and print what came out, installer's lines included.

    Parameters
    ----------
    say : callable
        Gets the lines to print.
    begin : callable
        Called with the name of each step that may take long, before it.
    """
    path = kits.kit_path(store.problems, problem_name)
    before = kits.built_environment(store.home, problem_name)
    built = kits.build_environment(store.home, path, python=python, is_forced=is_forced, say=say, begin=begin)
    if built is None:
        if not is_quiet_without:
            say(
                f"{problem_name} has no requirements.txt or environment.yml; it runs in the server's environment."
            )
        return
    verb = "is up to date" if built == before else "is built"
    say(
        f"The environment of {problem_name} {verb}: Python {built.python_version}, {len(built.packages)} packages."
    )
