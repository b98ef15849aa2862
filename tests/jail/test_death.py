"""A worker that is killed leaves no process and, after the next start, no file."""

import fcntl
import os
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from databoard.jail import Scratch, check, sweep
from databoard.runner.atomic_files import sweep_unfinished, written_whole

WORKER = """
import os
from pathlib import Path
from databoard import kits
from databoard.runner import Limits, Runner, TrainingTask

SLEEPER = b"import os, time\\nclass Classifier:\\n    def fit(self, X, y):\\n        os.fork(); time.sleep(10**6)\\n"
path = Path(KIT)
kit = kits.load(path)
task = TrainingTask(path, kit.version, kits.folds(kit), {"classifier.py": SLEEPER},
                    Limits(wall_time_s=60, memory_bytes=1 << 29), (("acc", "acc"),), "acc")
with Runner(home=Path(HOME), jail_mode=MODE, n_parallel=1) as runner:
    runner.train_test(task, on_fold=lambda number, state: print(state, os.getpid(), flush=True))
"""
KIT = Path(__file__).resolve().parents[1] / "gallery" / "small_kit"


def kill_a_worker(start, home, mode, code=WORKER, prefix=()):
    worker = start(f"KIT, HOME, MODE = {str(KIT)!r}, {str(home)!r}, {mode!r}\n{code}", prefix=prefix)
    state, pid = worker.stdout.readline().split()
    assert state == "training"
    time.sleep(0.5)
    below = descendants(int(pid))
    os.kill(int(pid), signal.SIGKILL)
    return below


def descendants(root):
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = path.parent.name, path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(pid)] = int(rest[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


def are_gone(pids, within_s=10):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_a_killed_worker_leaves_no_process(start, tmp_path):
    below = kill_a_worker(start, tmp_path, "bubblewrap")
    assert len(below) >= 5  # the scorer, two of bubblewrap's, two of the submission's
    assert are_gone(below)


@pytest.fixture
def open_folder():
    """A folder that an ordinary user can write to."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield folder


def test_a_killed_worker_leaves_no_process_where_user_namespaces_do_not_nest(
    start, open_folder, ordinary_user
):
    tools = KIT.parents[2] / "tools"
    refused = f"import sys; sys.path.insert(0, {str(tools)!r})\nimport bwrap_without_nesting as without\n"
    worker = WORKER.replace("with Runner", "with without.refused(), Runner")
    below = kill_a_worker(start, open_folder, "bubblewrap", code=f"{refused}{worker}", prefix=ordinary_user)
    assert len(below) >= 6 and are_gone(below)


def test_a_killed_worker_leaves_no_file_after_the_next_start(start, tmp_path):
    kill_a_worker(start, tmp_path, "bubblewrap")
    folder = tmp_path / "cache" / "scratch"
    assert len(list(folder.iterdir())) == 1
    deadline = time.monotonic() + 10
    while not sweep(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(folder.iterdir()) == []


def test_the_folder_of_a_living_worker_is_not_swept(tmp_path):
    scratch = Scratch(tmp_path)
    assert sweep(tmp_path) == 0 and scratch.folder.is_dir()
    scratch.close()
    assert not scratch.folder.exists()


@pytest.mark.parametrize("moment", ["open", "flock"])
def test_a_folder_that_is_swept_before_it_is_locked_is_made_anew(tmp_path, monkeypatch, moment):
    module = {"open": os, "flock": fcntl}[moment]
    call, n_swept = getattr(module, moment), []

    def sweep_first(*arguments, **options):
        if not n_swept:  # several workers that start together
            n_swept.append(0)
            n_swept[0] = sweep(tmp_path)
        return call(*arguments, **options)

    monkeypatch.setattr(module, moment, sweep_first)
    scratch = Scratch(tmp_path)
    assert n_swept == [1] and scratch.folder.is_dir() and sweep(tmp_path) == 0
    scratch.close()


HALF_WRITER = """
import time
from pathlib import Path
from databoard.runner.atomic_files import written_whole

with written_whole(Path(FOLDER) / "kit" / "x_train.pkl") as file:
    print("began", flush=True)
    time.sleep(1000)
"""


def test_what_was_half_written_is_swept_once_its_writer_is_dead(start, tmp_path):
    writer = start(f"FOLDER = {str(tmp_path)!r}\n{HALF_WRITER}")
    assert writer.stdout.readline() == "began\n"
    assert sweep_unfinished(tmp_path) == 0
    writer.kill()
    writer.wait()
    assert sweep_unfinished(tmp_path) == 1 and list((tmp_path / "kit").iterdir()) == []


def test_what_cannot_be_written_leaves_what_was_there(tmp_path):
    for text in ("old", "new"):
        with suppress(ValueError), written_whole(tmp_path / "file", "w") as file:
            file.write(text)
            if text == "new":
                raise ValueError
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


CHECK = """
import time
from databoard.jail.self_check import check as checking

checking._send_canary = lambda *_: print("began", flush=True) or time.sleep(1000)
checking.check()
"""


def test_a_check_whose_process_was_killed_leaves_no_folder_after_the_next(start, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    worker = start(CHECK)
    assert worker.stdout.readline() == "began\n"
    worker.kill()
    worker.wait()
    assert len(list(tmp_path.iterdir())) == 1
    assert check().level in ("A", "B") and list(tmp_path.iterdir()) == []
