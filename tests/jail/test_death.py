"""A worker that is killed leaves no process and, after the next start, no file."""

import os
import signal
import time
from pathlib import Path

from databoard.runner import scratch as scratches
from databoard.runner.inputs import write_once
from databoard.runner.scratch import Scratch, sweep, sweep_unfinished

WORKER = """
import sys, threading
from pathlib import Path
from databoard import kits
from databoard.runner import Limits, Runner, TrainingTask

SLEEPER = b"import os, time\\nclass Classifier:\\n    def fit(self, X, y):\\n        os.fork(); time.sleep(10**6)\\n"
path = Path(KIT)
kit = kits.load(path)
task = TrainingTask(path, kit.version, kits.folds(kit), {"classifier.py": SLEEPER},
                    Limits(wall_time_s=60, memory_bytes=1 << 29), (("acc", "acc"),), "acc")
with Runner(home=Path(HOME), jail_mode=MODE, n_parallel=1) as runner:
    runner.train_test(task, on_fold=lambda number, state: print(state, flush=True))
"""
KIT = Path(__file__).resolve().parents[1] / "gallery" / "small_kit"


def kill_a_worker(start, home, mode):
    worker = start(f"KIT, HOME, MODE = {str(KIT)!r}, {str(home)!r}, {mode!r}\n{WORKER}")
    assert worker.stdout.readline() == "training\n"
    time.sleep(0.5)
    below = descendants(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
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


def test_what_was_half_written_is_swept_once_nobody_can_write_it(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "rename", lambda *_: None)  # killed before it
    write_once(tmp_path / "kit" / "x_train.pkl", "X")
    assert sweep_unfinished(tmp_path) == 0
    monkeypatch.setattr(scratches, "UNFINISHED_S", -1.0)
    assert sweep_unfinished(tmp_path) == 1 and list((tmp_path / "kit").iterdir()) == []
