"""Find the environment that was built for a kit. Called wherever code of a kit is about to run.

``home/environments/`` holds one folder per build and, per kit, one small file that names the current one. That
file is replaced whole, after the folder is complete, so every reader finds a working environment.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from databoard.errors import KitError
from databoard.kits.requirements import wanted_environment


@dataclass(frozen=True)
class Environment:
    """An environment that is ready.

    Attributes
    ----------
    name : str
        Of its folder.
    digest : str
        Of what was asked for, see :class:`WantedEnvironment`.
    python : str
        Path of its interpreter.
    python_version : str
    prefixes : tuple of str
        Folders that a run needs to see: the environment's and that of the Python it was made from.
    packages : tuple of (name, version)
        Sorted.
    built_at : str
        ISO 8601, UTC.
    """

    name: str
    digest: str
    python: str
    python_version: str
    prefixes: tuple[str, ...]
    packages: tuple[tuple[str, str], ...]
    built_at: str


def find_environment(home: str | Path, kit_path: str | Path) -> Environment | None:
    """Return the environment in which the kit runs, ``None`` when it asks for none and runs in the server's.

    Raises
    ------
    KitError
        If it asks for one that is not built, or not as it is asked for now.
    """
    kit_path = Path(kit_path)
    wanted = wanted_environment(kit_path)
    if wanted is None:
        return None
    built = built_environment(home, kit_path.name)
    if built is None or built.digest != wanted.digest or not Path(built.python).exists():
        what = "changed since it was built" if built else "is not built yet"
        raise KitError(
            f"The environment that the kit {kit_path.name} asks for {what}. Build it: fab build_env:{kit_path.name}"
        )
    return built


def built_environment(home: str | Path, kit_name: str) -> Environment | None:
    """Return what was last built for a kit, whether or not the kit still asks for just that."""
    try:
        facts = json.loads(_record(home, kit_name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a crash of the machine may have left it empty
        return None
    return Environment(**facts | {
        "prefixes": tuple(facts["prefixes"]),
        "packages": tuple((name, version) for name, version in facts["packages"]),
    })  # fmt: skip


def environments_folder(home: str | Path) -> Path:
    """Return the folder of all environments."""
    return Path(home).resolve() / "environments"


def record(home: str | Path, kit_name: str, environment: Environment) -> None:
    """Make ``environment`` the current one of a kit."""
    target = _record(home, kit_name)
    temporary = target.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(environment), indent=1), encoding="utf-8")
    temporary.replace(target)


def _record(home: str | Path, kit_name: str) -> Path:
    return environments_folder(home) / f"{kit_name}.json"
