"""A program that starts warm is what it would be otherwise: a process of its own, with nothing of databoard in it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.warm_python import WarmPython

ABOUT = """
import json, os, sys
ours = [name for name in sys.modules if name.split(".")[0] in ("databoard", "tests", "pytest")]
about = [sys.argv, dict(os.environ), os.getcwd(), sys.stdin.read(), sys.path, ours, os.getpid(), __name__]
print(json.dumps(about))
print("to the error stream", file=sys.stderr)
"""


@pytest.fixture(scope="module")
def warm():
    with WarmPython() as warm:
        yield warm


@pytest.fixture
def command(tmp_path):
    """Return a function: code -> the command that runs it."""

    def command(code):
        (tmp_path / "program.py").write_text(code)
        return [sys.executable, "-I", str(tmp_path / "program.py")]

    return command


def run_by(run, command, tmp_path):
    facts = {
        "capture_output": True,
        "text": True,
        "errors": "replace",
        "env": {"LC_ALL": "C.UTF-8"},
        "timeout": 60,
    }
    return run(command, input="what?", cwd=tmp_path, **facts)


def test_it_is_run_as_a_cold_one(warm, command, tmp_path):
    warmly, coldly = (run_by(run, command(ABOUT), tmp_path) for run in (warm.run, subprocess.run))
    (*about, pid, name), (*expected, _, _) = json.loads(warmly.stdout), json.loads(coldly.stdout)
    assert about == expected and pid not in (os.getpid(), warm._process.pid) and name == "__main__"
    assert (warmly.stderr, warmly.returncode) == (coldly.stderr, 0)


@pytest.mark.parametrize("end", ["os._exit(3)", "sys.exit(4)", "os.kill(os.getpid(), 9)", "1 / 0"])
def test_it_ends_as_a_cold_one(warm, command, tmp_path, end):
    program = command(f"import os, sys\n{end}\n")
    codes = [run_by(run, program, tmp_path).returncode for run in (warm.run, subprocess.run)]
    assert codes[0] == codes[1] != 0


def test_it_is_killed_when_its_time_is_over(warm, command, tmp_path):
    program = command("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run(program, input="", env={}, cwd=tmp_path, timeout=3)
    gone = Path("/proc", (tmp_path / "pid").read_text())
    while gone.exists():  # its keeper takes a moment to bury it
        time.sleep(0.01)
