"""Starting a run, and failing to."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard import jail
from databoard.errors import JailError
from databoard.jail import Limits, bubblewrap, processes, raising

GIVE_UP = """
import os, time
from databoard import jail
from databoard.jail import raising
raising._first_process = lambda info, process: (time.sleep(DELAY), os.kill(os.getpid(), 9))
jail.run("databoard.jail.self_check.canary", reader=lambda channel: None, limits=jail.Limits())
"""

NO_MORE_PROCESSES = """
import os, socket, sys, types
from databoard.jail import SealedFile, zygote

def refuse():
    raise BlockingIOError(11, "Resource temporarily unavailable")

os.fork = refuse
sys.modules["kit"] = types.SimpleNamespace(warm=lambda inputs, preload: None)
settings = SealedFile(b'{"module": "kit", "preload": [], "is_holding": false}')
worker, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
socket.send_fds(worker, [b"{}"], [0, 1, 2, 0])
worker.shutdown(socket.SHUT_WR)
zygote.main(control, (os.dup(settings.descriptor),))
print("lived to the end")
"""


def test_a_zygote_that_cannot_fork_lives_on(start):
    output, errors = start(NO_MORE_PROCESSES).communicate(timeout=30)
    assert output == "lived to the end\n" and errors.startswith("no cell: "), errors


def test_a_bubblewrap_that_cannot_start_is_ours(monkeypatch):
    monkeypatch.setattr(bubblewrap, "options", lambda *_, **__: ["--no-such-option"])
    with pytest.raises(JailError, match="could not start"):
        jail.run("databoard.jail.self_check.canary", reader=lambda channel: None, limits=Limits())


@pytest.fixture
def given_up(monkeypatch):
    """A run that is given up before bubblewrap has named its first process; returns the one outside."""
    started = []
    popen = raising._popen
    monkeypatch.setattr(raising, "_popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    monkeypatch.setattr(raising, "re", SimpleNamespace(search=lambda pattern, text: None))
    with pytest.raises(JailError, match="could not start"):
        jail.run("databoard.jail.self_check.canary", reader=lambda channel: None, limits=Limits())
    return started[0]


def test_a_start_that_is_given_up_leaves_no_process(given_up):
    assert processes.tree_of(given_up.pid, is_root_counted=True).pids == ()
    assert jail.end_orphans() == 0


def test_a_bubblewrap_that_sleeps_for_ever_is_ended(start):
    # Killed at ten moments of a start, bubblewrap is left asleep at some of them.
    for delay_ms in range(10):
        start(GIVE_UP.replace("DELAY", str(delay_ms / 1000))).wait(timeout=30)
    jail.end_orphans()
    assert jail.end_orphans() == 0


def test_a_copy_has_all_of_a_file_that_one_read_cannot_take(monkeypatch):
    short, pread = 1000, os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, n, offset: pread(descriptor, min(n, short), offset))
    content = bytes(range(256)) * 10
    copy = jail.SealedFile(content).copy()
    assert os.fstat(copy.descriptor).st_size == len(content)
    assert copy.copy().descriptor != copy.descriptor


def test_the_tool_runs_as_an_ordinary_user_in_a_home_of_its_own():
    code = "import os, pathlib; print(os.getuid()); (pathlib.Path.home() / 'a').touch(); raise SystemExit(7)"
    tool = Path(__file__).resolve().parents[2] / "tools" / "as_ordinary_user.py"
    done = subprocess.run([sys.executable, tool, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (7, "") and int(done.stdout) > 0
