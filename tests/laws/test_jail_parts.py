"""Law of the jail: what lies in it imports nothing of databoard that does not."""

import ast

from databoard.jail import warm
from databoard.runner import folds
from tests.laws.tree import ROOT

PARTS = {"__init__.py", *warm.PARTS, *folds.PARTS}


def files():
    """Yield each module that lies in the jail, and its path below the package."""
    for part in PARTS:
        path = ROOT / "databoard" / part
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            yield file, file.relative_to(ROOT / "databoard").as_posix()


def imported(tree):
    """Yield the name of each module that is imported when the module is, not later or for a type checker only."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_there(name):
    """Tell whether a module of databoard, or a name in one, lies in the jail."""
    words = name.split(".")[1:]
    places = {"/".join(words[:n]) for n in range(1, len(words) + 1)}
    return bool({f"{place}.py" for place in places} & PARTS or places & PARTS)


def test_what_lies_in_the_jail_imports_nothing_that_does_not():
    missing = [
        f"{path}: {name}"
        for file, path in files()
        for name in imported(ast.parse(file.read_text()))
        if name.startswith("databoard.") and not is_there(name)
    ]
    assert missing == []


def test_the_law_sees_a_module_that_is_missing():
    (name,) = imported(
        ast.parse("from databoard.queries import events\ndef f():\n    import databoard.views")
    )
    assert name == "databoard.queries.events" and not is_there(name)
    assert is_there("databoard.kits.data.prepare") and is_there("databoard.errors.KitError")
