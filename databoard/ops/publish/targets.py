"""The machines to publish to, read from an INI file outside the repository. It never holds a password.

``docs/deploy.md`` shows an example. The target ``local`` is always there: a folder of this machine.
"""

import configparser
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from databoard.errors import NotFound, RuleError

if TYPE_CHECKING:
    from config import Config

ROOT = Path(__file__).resolve().parents[3]
LOCAL = "local"
_SECTION = "target:"
_PATH = re.compile(r"(?:/[\w.-]+)+")


@dataclass(frozen=True)
class Target:
    """A machine and a folder on it.

    Attributes
    ----------
    name : str
    host, user, port : str, str, int
        Where SSH logs in; an empty host means this machine.
    path : str
        The folder that holds releases and shared data.
    identity, known_hosts : str
        Files of SSH; empty means its own defaults and its agent.
    python : str
        The Python that environments are made with.
    wheels : str
        A folder of the target with wheels; without one pip uses its index.
    services : str
        ``keeper``: `run_services` changes releases by itself. ``command``: `start` does, such as a reload of Apache.
        ``none``: they are changed by hand.
    start : str
        A command that starts the services when they do not run, such as ``systemctl --user start databoard-web``.
    keep : int
        Releases that stay.
    ready_s : int
        A new release must answer within so many seconds.
    """

    name: str
    path: str
    host: str = ""
    user: str = ""
    port: int = 22
    identity: str = ""
    known_hosts: str = ""
    python: str = "python3"
    wheels: str = ""
    services: str = "keeper"
    start: str = ""
    keep: int = 5
    ready_s: int = 60


_NUMBERS = {"port", "keep", "ready_s"}
_KEYS = {field.name for field in fields(Target)} - {"name"}


def target_by_name(config: "Config", name: str) -> Target:
    """Return the target called `name`.

    Raises
    ------
    NotFound
        With the list of those that there are.
    RuleError
        If the file of targets cannot be understood.
    """
    found = all_targets(config)
    if name not in found:
        raise NotFound(
            f"There is no target {name!r}. The targets are: {', '.join(sorted(found))}. "
            f"Targets stand in {config.targets} (DATABOARD_TARGETS)."
        )
    return found[name]


def all_targets(config: "Config") -> dict[str, Target]:
    """Return every target by name."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(config.targets, encoding="utf-8")
        found = {
            section.removeprefix(_SECTION): _target(section, dict(parser[section]), config.targets)
            for section in parser.sections()
        }
    except configparser.Error as error:
        raise RuleError(f"{config.targets} cannot be read: {' '.join(str(error).split())}") from None
    return {LOCAL: _local(config), **found}


def _target(section: str, values: dict[str, str], file: Path) -> Target:
    where = f"{file}, [{section}]"
    if not section.startswith(_SECTION):
        raise RuleError(f"{where}: expected a section such as [target:production].")
    if unknown := sorted(set(values) - _KEYS):
        why = " Passwords have no place here: use a key and an agent." if "password" in unknown else ""
        raise RuleError(f"{where}: unknown {', '.join(unknown)}; expected {', '.join(sorted(_KEYS))}.{why}")
    if not _PATH.fullmatch(values.get("path", "")):
        raise RuleError(
            f"{where}: expected an absolute path of letters, digits and ._-, got {values.get('path', '')!r}."
        )
    if values.get("services", "keeper") not in {"keeper", "command", "none"}:
        raise RuleError(
            f"{where}: expected services to be keeper, command or none, got {values['services']!r}."
        )
    if values.get("services") == "command" and not values.get("start"):
        raise RuleError(f"{where}: expected start to be the command that changes the release, got none.")
    try:
        numbers = {key: int(values[key]) for key in _NUMBERS & set(values)}
    except ValueError as error:
        raise RuleError(f"{where}: expected a whole number: {error}.") from None
    words = {key: value for key, value in values.items() if key not in _NUMBERS}
    return replace(Target(section.removeprefix(_SECTION), path=values["path"]), **words, **numbers)  # type: ignore[arg-type]


def _local(config: "Config") -> Target:
    """Return the target on this machine: the folder that this code is published in, else one in DATABOARD_HOME."""
    is_release = ROOT.parent.name == "releases"
    path = ROOT.parents[1] if is_release else config.home / "local_target"
    return Target(LOCAL, path=str(path), services="keeper" if is_release else "none")
