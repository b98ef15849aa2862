"""Build the environment of a kit and say what was done. Called by ``fab build_env`` and ``fab add_problem``."""

from .. import kits
from ..services.files import FileStore


def build(
    store: FileStore,
    *,
    problem_name: str,
    python: str | None = None,
    is_forced: bool = False,
    is_quiet_without: bool = False,
) -> None:
    """Build what the kit asks for unless it is there, and print what came out, installer's lines included."""
    path = kits.kit_path(store.problems, problem_name)
    before = kits.built_environment(store.home, problem_name)
    built = kits.build_environment(
        store.home, path, python=python, is_forced=is_forced, say=lambda line: print(line, flush=True)
    )
    if built is None:
        if not is_quiet_without:
            print(
                f"{problem_name} has no requirements.txt or environment.yml; it runs in the server's environment."
            )
        return
    verb = "is as asked for" if built == before else "is built"
    print(
        f"The environment of {problem_name} {verb}: Python {built.python_version}, {len(built.packages)} packages."
    )
