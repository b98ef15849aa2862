"""Which files of a kit are its code: ``problem.py``, ``external_imports/``, and what it imports beside them."""

import ast
import contextlib
from pathlib import Path

#: Folders that hold data or submissions, also where ``problem.py`` imports a module of that name.
_NOT_CODE = {"data", "events", "external_imports", "problem", "starting_kit", "submissions"}


def code_files(path: str | Path) -> "list[Path]":
    """Return the files, ``problem.py`` first; a library of that name beside it counts as the kit's."""
    path = Path(path)
    files = [path / "problem.py"]
    files += sorted(p for p in (path / "external_imports").rglob("*") if p.is_file() and _is_source(p))
    for name in sorted(_names_reachable(path)):
        files += _files_of(path, name)
    return files


def code_of(path: str | Path) -> "dict[str, bytes]":
    """Return what of a kit the jail sees, by path in the kit: its code, no data."""
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in code_files(path)}


def _names_reachable(path: Path) -> "set[str]":
    """Return the modules beside ``problem.py`` that it imports, or that those import."""
    found: set[str] = set()
    waiting = [path / "problem.py"]
    while waiting:
        for name in _imported(waiting.pop()) - found - _NOT_CODE:
            files = _files_of(path, name)
            if files:
                found.add(name)
                waiting += files
    return found


def _files_of(path: Path, name: str) -> "list[Path]":
    module = path / f"{name}.py"
    package = sorted(p for p in (path / name).rglob("*.py") if _is_source(p))
    return ([module] if module.is_file() else []) + package


def _imported(file: Path) -> "set[str]":
    names = set()
    with contextlib.suppress(OSError, SyntaxError, ValueError):  # the caller that executes it reports it
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names


def _is_source(file: Path) -> bool:
    return "__pycache__" not in file.parts
