"""What a check of a kit finds, and the line of ``problem.py`` it is about. Used by all modules of ``checks``."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databoard.kits.texts import PROBLEM


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a kit.

    Attributes
    ----------
    severity : str
        ``error``: the kit does not work, or gives wrong results. ``warning``: it works, look at it.
    code : str
        What is wrong, in one word, such as ``fold_overlap``.
    file : str
        In the kit, such as ``events/iris_test.toml``.
    line : int or None
        From 1; ``None`` when it is about no line.
    what : str
        What was expected, and what came.
    fix : str
        What to do.
    """

    severity: str
    code: str
    file: str
    line: "int | None"
    what: str
    fix: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Report:
    """The findings about one kit, in the order in which they were made."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        self.findings: list[Finding] = []
        self.source = Source(self.path / PROBLEM)

    def error(
        self, code: str, what: str, fix: str, *, line: "int | None" = None, file: str = PROBLEM
    ) -> None:
        self.findings.append(Finding("error", code, file, line, what, fix))

    def warning(
        self, code: str, what: str, fix: str, *, line: "int | None" = None, file: str = PROBLEM
    ) -> None:
        self.findings.append(Finding("warning", code, file, line, what, fix))

    def has(self, *codes: str) -> bool:
        return any(finding.code in codes for finding in self.findings)


class Source:
    """Where things stand in a ``problem.py``; a file that does not parse has no lines."""

    def __init__(self, file: Path) -> None:
        try:
            self._tree = ast.parse(file.read_bytes())  # as Python reads it: marks, cookies
        except (OSError, ValueError, SyntaxError):
            self._tree = ast.Module(body=[], type_ignores=[])

    def line(self, *names: str) -> "int | None":
        """Return the line that defines the first of `names` that any line defines, at any depth."""
        for name in names:
            node = self._definition(name)
            if node is not None:
                line: int = node.lineno
                return line
        return None

    def element_line(self, name: str, number: int) -> "int | None":
        """Return the line of element `number` of the list that is assigned to `name`."""
        value = getattr(self._definition(name), "value", None)
        if isinstance(value, (ast.List, ast.Tuple)) and number < len(value.elts):
            return value.elts[number].lineno
        return self.line(name)

    def argument_line(self, argument: str) -> "int | None":
        """Return the line of the first call that passes `argument` by name, or of the value passed when named."""
        for node in ast.walk(self._tree):
            for keyword in getattr(node, "keywords", ()):
                if keyword.arg == argument:
                    named = self.line(keyword.value.id) if isinstance(keyword.value, ast.Name) else None
                    return named or keyword.value.lineno
        return None

    def _definition(self, name: str) -> Any:
        nodes = [node for node in ast.walk(self._tree) if name in _defined(node)]
        return nodes[-1] if nodes else None


def _defined(node: ast.AST) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return set()
