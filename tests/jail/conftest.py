"""Start a second worker in a process of its own, as root or as an ordinary user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.jail.bubblewrap import find_bwrap

PROJECT = Path(__file__).resolve().parents[2]
ORDINARY_UID = 47001


def as_ordinary_user() -> list[str]:
    """Return the command that runs the rest of the line as an ordinary user, when we are root.

    Python may live below root's own closed folder; an outer bubblewrap opens the way to it, and to nothing else.
    """
    if os.geteuid() != 0:
        return []
    base = Path(sys.base_prefix).resolve()
    above = [
        word for parent in reversed(base.parents[:-2]) for word in ("--perms", "0755", "--dir", str(parent))
    ]
    shown = ["--perms", "0755", "--tmpfs", "/root", *above, "--ro-bind", str(base), str(base)]
    outer = [
        find_bwrap(),
        "--dev-bind",
        "/",
        "/",
        *(shown if base.is_relative_to("/root") else []),
        "--cap-add",
        "ALL",
    ]
    ids = [f"--reuid={ORDINARY_UID}", f"--regid={ORDINARY_UID}", "--clear-groups"]
    return [
        *outer,
        "--",
        "setpriv",
        *ids,
        "--inh-caps=-all",
        "--ambient-caps=-all",
        "--bounding-set=-all",
        "--",
    ]


@pytest.fixture
def ordinary_user():
    """The start of a command line that drops root, empty for those who are none."""
    return as_ordinary_user()


@pytest.fixture
def start():
    """Start Python code in a process with this package on its path; killed at the end."""
    processes = []

    def start_one(code, *, prefix=()):
        process = subprocess.Popen(
            [*prefix, sys.executable, "-c", code],
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start_one
    for process in processes:
        process.kill()
        process.communicate()
