"""The texts of a kit: read one, or find those that are no text. Executes nothing.

An instructor may have written them on any system: see :mod:`databoard.text_files`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from databoard import text_files
from databoard.errors import KitError

PROBLEM, README, REQUIREMENTS, CONDA = "problem.py", "README.md", "requirements.txt", "environment.yml"
TEXT_EXTENSIONS = {"txt", "md", "json", "toml", "yml", "yaml", "ini", "cfg"}
_CODE_EXTENSIONS = {"py", "R"}
_STARTING_KITS = ("starting_kit", "submissions/starting_kit")


def read_text(path: str | Path, name: str | Path) -> str:
    """Return the text of the file ``name`` of the kit at ``path``; :class:`KitError` names file and line."""
    path = Path(path)
    return text_files.read(path / name, f"{path.name}/{name}", refusal=KitError)


def require_texts(path: str | Path) -> None:
    """Raise a :class:`KitError` about the first text that the server would hand out or run, and that is none."""
    path = Path(path)
    for name, fault in _faults(path, _own_texts(path)):
        raise KitError(fault.about(f"{path.name}/{name}"))


def faulty_texts(path: str | Path) -> "list[tuple[str, text_files.TextFault]]":
    """Return the name and the fault of every text of the kit at ``path`` that is none, but for its events."""
    path = Path(path)
    deposited = [file for file in sorted(path.glob("submissions/*/*")) if is_text_name(file.name)]
    files = dict.fromkeys(
        [*_own_texts(path), *deposited]
    )  # the starting kit of RAMP is one of the submissions
    return list(_faults(path, files))


def is_text_name(name: str) -> bool:
    """Tell whether a file of a submission is code or text by its name; anything else is data."""
    return Path(name).suffix.lstrip(".") in TEXT_EXTENSIONS | _CODE_EXTENSIONS


def _own_texts(path: Path) -> list[Path]:
    files = [path / name for name in (PROBLEM, README, REQUIREMENTS, CONDA)]
    files += sorted((path / "external_imports").rglob("*.py"))
    for folder in _STARTING_KITS:
        files += [file for file in sorted((path / folder).glob("*")) if is_text_name(file.name)]
    return files


def _faults(path: Path, files: Iterable[Path]) -> "Iterator[tuple[str, text_files.TextFault]]":
    for file in files:
        if file.is_file() and not file.name.startswith("."):
            fault = text_files.fault_of(file.read_bytes(), file.name)
            if fault is not None:
                yield file.relative_to(path).as_posix(), fault
