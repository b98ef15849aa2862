"""Which environment a kit asks for: its ``requirements.txt``, or the pip part of its ``environment.yml``.

Reads only; ``building`` makes the environment, ``environments`` finds it.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from databoard.errors import KitError
from databoard.kits.texts import CONDA, PROBLEM, REQUIREMENTS, read_text

#: What the scorer, the jail and the workflows import besides the standard library.
CORE = ("numpy", "pandas", "scikit-learn", "scipy")
_RAMP = "ramp-workflow"
_OPTION = re.compile(r"-[a-zA-Z-]")
_INCLUDE = re.compile(r"(?:-r|--requirement)[ =]\s*(\S+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PYTHON = re.compile(r"python\s*(?:[=~<>!]=?|\s)\s*=?\s*([0-9]+\.[0-9]+)")


@dataclass(frozen=True)
class WantedEnvironment:
    """What a kit asks for.

    Attributes
    ----------
    lines : tuple of str
        Requirements as an installer reads them; those of the core that the kit leaves open are added.
    python : str or None
        Such as ``3.10``; ``None`` when any will do.
    notes : tuple of str
        Where the lines differ from the kit's, for the person who builds.
    """

    lines: tuple[str, ...]
    python: str | None
    notes: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of all that the environment depends on, in hexadecimal."""
        return hashlib.sha256(json.dumps([self.lines, self.python]).encode()).hexdigest()


def wanted_environment(path: str | Path) -> WantedEnvironment | None:
    """Return what the kit at ``path`` asks for, ``None`` when it asks for nothing and runs in the server's.

    A ``problem.py`` that imports rampwf asks for ramp-workflow, also without a file that says so.

    Raises
    ------
    KitError
        If a file cannot be read, or asks for what no environment can give; file and line are named.
    """
    path = Path(path)
    has_requirements = (path / REQUIREMENTS).is_file()
    pip_part, python, notes = _read_conda(path / CONDA)
    if not has_requirements and not pip_part and python is None and not _imports_rampwf(path):
        return None
    lines = _read_requirements(path, path / REQUIREMENTS) if has_requirements else pip_part
    lines, more = _completed(path, lines)
    return WantedEnvironment(tuple(lines), python, (() if has_requirements else notes) + more)


def _completed(path: Path, lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    notes = []
    replaced = [_RAMP if _is_ramp_source(line) else line for line in lines]
    if replaced != lines:
        notes.append(f"{_RAMP} comes from the package index, not from its source repository.")
    named = {_normal(match[0]) for line in replaced if (match := _NAME.match(line))}
    if _RAMP not in named and _imports_rampwf(path):
        replaced.append(_RAMP)
        notes.append(f"problem.py imports rampwf: {_RAMP} is added.")
    return replaced + [name for name in CORE if name not in named], tuple(notes)


def _is_ramp_source(line: str) -> bool:
    return "://" in line and re.search(r"ramp-workflow|rampwf", line) is not None


def _imports_rampwf(path: Path) -> bool:
    if not (path / PROBLEM).is_file():
        return False
    return re.search(r"^\s*(import|from)\s+rampwf\b", read_text(path, PROBLEM), re.M) is not None


def _read_requirements(kit_path: Path, file: Path, depth: int = 0) -> list[str]:
    lines = []
    for number, text in enumerate(_text(kit_path, file).splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*", "", text).strip()
        include = _INCLUDE.match(line)
        where = f"{kit_path.name}/{file.name}, line {number}"
        if include and depth < 5:
            included = (file.parent / include[1]).resolve()
            if not included.is_relative_to(kit_path.resolve()) or not included.is_file():
                raise KitError(f"{where}: expected a file of the kit, got {include[1]}. Put it into the kit.")
            lines += _read_requirements(kit_path, included, depth + 1)
        elif _OPTION.match(line):
            raise KitError(
                f"{where}: expected a package, got the option {line.split()[0]}. List packages only; where they come "
                "from is set up on the server."
            )
        elif line:
            lines.append(_checked(line, where))
    return lines


def _read_conda(file: Path) -> tuple[list[str], "str | None", tuple[str, ...]]:
    """Return the requirements of the pip part, the wanted Python, and notes on what is left out."""
    if not file.is_file():
        return [], None, ()
    import yaml  # only for kits that have such a file

    try:
        parts = (yaml.safe_load(_text(file.parent, file)) or {}).get("dependencies") or []
    except (yaml.YAMLError, AttributeError) as error:
        raise KitError(
            f"{file.parent.name}/{CONDA}: no valid environment file: {error}. Fix it there."
        ) from error
    names = [part for part in parts if isinstance(part, str)]
    python = next((match[1] for name in names if (match := _PYTHON.match(name))), None)
    where = f"{file.parent.name}/{CONDA}"
    pip_part = [
        _checked(str(line), where)
        for part in parts
        if isinstance(part, dict)
        for line in part.get("pip") or []
    ]
    left_out = [name for name in names if not re.match(r"(python|pip)\b", name)]
    note = f"{CONDA}: only its pip part is installed, not {', '.join(left_out)}; list what is missed there."
    return pip_part, python, (note,) if left_out else ()


def _checked(line: str, where: str) -> str:
    """Return a requirement; a line break or an option in it would be read as another line by the installer."""
    from packaging.requirements import InvalidRequirement, Requirement

    if "://" in line and not line.startswith("-") and len(line.split()) == 1:
        return line
    try:
        return str(Requirement(line))
    except InvalidRequirement as error:
        raise KitError(
            f"{where}: expected a requirement such as pandas==1.5.3, got {line!r}: {error}"
        ) from error


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _text(kit_path: Path, file: Path) -> str:
    return read_text(kit_path, file.resolve().relative_to(kit_path.resolve()).as_posix())
