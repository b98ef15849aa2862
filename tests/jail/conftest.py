"""Start a second worker in a process of its own, as root or as an ordinary user; run a filter without a kernel."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.jail import seccomp
from databoard.jail.bubblewrap import find_bwrap

PROJECT = Path(__file__).resolve().parents[2]
ORDINARY_UID = 47001
ALLOWED = 0x7FFF0000
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


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


@pytest.fixture
def answer():
    """Run a filter on a small BPF machine: what it answers to a call."""
    return _answer


def _answer(machine, number, *arguments, architecture=None, program=seccomp.program):
    """Return ``None`` for a call that passes, else its error."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=iIQ6Q", number, architecture or ARCHITECTURE[machine], 0, *words)
    lines = list(struct.iter_unpack("=HBBI", program(machine)))
    at, value = 0, 0
    while True:
        code, if_true, if_false, constant = lines[at]
        at += 1
        if code == 0x06:
            return None if constant == ALLOWED else constant & 0xFFFF
        if code == 0x05:
            at += constant
        elif code == 0x20:
            (value,) = struct.unpack_from("=I", data, constant)
        elif code == 0x54:
            value &= constant
        else:
            at += (
                if_true
                if {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[code]
                else if_false
            )
