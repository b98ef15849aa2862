"""Laws of the worker: every thread of it is a lane, and what catches every exception says why."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "databoard"
ROOMS = ("worker", "ops")
#: A lane may end only with the block that started it.
START_THREADS = ["worker/lane.py"]
WIDEST, BROAD = ast.Name("BaseException"), {"Exception", "BaseException"}


def lines(room):
    """Return the lines of a room, each with its place."""
    for path in sorted((ROOT / room).rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}", number, line


@pytest.mark.parametrize("room", ROOMS)
def test_only_lanes_start_threads(room):
    starters = {name for name, _, line in lines(room) if re.search(r"\b(threading\.Thread|Timer)\(", line)}
    assert starters == {name for name in START_THREADS if name.startswith(f"{room}/")}


def handlers():
    """Yield each ``except Exception`` or wider of the package: its place, its line, and whether it raises again."""
    for path in sorted(ROOT.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and ast.unparse(node.type or WIDEST) in BROAD:
                is_raised = any(isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(node))
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text.splitlines()[node.lineno - 1], is_raised


def test_what_catches_every_exception_raises_it_again_or_says_why():
    found = list(handlers())
    assert len(found) > 20  # the law sees them
    assert [
        place for place, line, is_raised in found if not is_raised and not re.search(r":  # \w", line)
    ] == []
