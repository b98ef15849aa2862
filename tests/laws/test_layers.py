"""Laws of layers: rooms import downwards, run on old Python where they must, and read handed-in text in one place."""

import re
import subprocess
import sys

from databoard.kits import building
from tests.laws.tree import ROOT, python_files


def test_every_room_keeps_to_its_layer():
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_runs_in_a_kits_environment_is_written_for_the_oldest_python_that_one_may_have():
    rooms = [
        "errors.py",
        "clock.py",
        "states.py",
        "text_files.py",
        "plain_text.py",
        "kits",
        "scoring",
        "workflows",
        "jail",
        "runner",
    ]
    oldest = ".".join(map(str, building.OLDEST_PYTHON))
    # tomllib reads the files of events, which only the server does.
    program = "import sys, vermin; vermin.main()"
    command = [sys.executable, "-c", program, f"-t={oldest}-", "--no-tips", "--exclude", "tomllib"]
    done = subprocess.run(
        [*command, *(str(ROOT / "databoard" / room) for room in rooms)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


#: Files that the server or the kernel wrote, or that ship with it; what people hand in is read by ``text_files``.
READ_THEIR_OWN = {
    "kits/authoring.py",
    "kits/environments.py",
    "ops/demo.py",
    "ops/deploy/postgres.py",  # the file of settings
    "ops/keeper_status.py",
    "ops/publish/draining.py",  # /proc
    "queries/release.py",  # release.json
    "services/base/trash.py",
    "worker/usage.py",  # /proc
}


def test_what_people_hand_in_is_read_in_one_place():
    rooms = ("kits", "services", "queries", "ops", "worker", "client", "workflows", "views")
    readers = {
        path.relative_to(ROOT / "databoard").as_posix()
        for path in python_files("databoard")
        if path.relative_to(ROOT / "databoard").parts[0] in rooms
        and re.search(r"\.read_text\(|\bopen\([^)]*\"rt?\"", path.read_text())
    }
    assert readers == READ_THEIR_OWN
