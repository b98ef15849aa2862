"""Laws of the worker: every thread of it is a lane, and what catches every exception says why."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "databoard"
ROOMS = ("worker", "ops")
#: A lane may end only with the block that started it. The other counts seconds on a terminal.
START_THREADS = ["worker/lane.py", "ops/steps.py"]


def lines(room):
    """Return the lines of a room, each with its place."""
    for path in sorted((ROOT / room).rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}", number, line


@pytest.mark.parametrize("room", ROOMS)
def test_only_lanes_start_threads(room):
    starters = {name for name, _, line in lines(room) if re.search(r"\b(threading\.Thread|Timer)\(", line)}
    assert starters == {name for name in START_THREADS if name.startswith(f"{room}/")}


@pytest.mark.parametrize("room", ROOMS)
def test_what_catches_every_exception_says_why(room):
    broad = [
        (name, number, line)
        for name, number, line in lines(room)
        if re.search(r"except (Base)?Exception\b", line)
    ]
    silent = [f"{name}:{number}" for name, number, line in broad if not re.search(r":  # \w", line)]
    assert broad and silent == []
