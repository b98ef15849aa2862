"""Which libraries submissions of a kit will import, read from those that came with it. Executes nothing."""

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path

#: Libraries that may be imported before a fork: they start no thread by that.
_SAFE = {"numpy", "pandas", "scipy", "sklearn", "joblib", "xarray"}
_ALWAYS = (
    "numpy",
    "pandas",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.svm",
)


def likely_imports(kit_path: Path) -> tuple[str, ...]:
    """Return names of modules, sorted: what everybody imports and what the kit's own submissions do."""
    names = set(_ALWAYS)
    for pattern in ("starting_kit/*.py", "submissions/*/*.py", "deposited_submissions/*/*/*.py"):
        for path in Path(kit_path).glob(pattern):
            with contextlib.suppress(SyntaxError, ValueError):  # an example may be broken on purpose
                names |= set(_imported(ast.parse(path.read_bytes())))
    return tuple(sorted(name for name in names if name.split(".")[0] in _SAFE))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
