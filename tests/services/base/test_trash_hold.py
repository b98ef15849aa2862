"""The lock of a backup on the trash: nothing is removed while it is held, and a killed process holds nothing."""

import signal
import subprocess
import sys
from pathlib import Path

from databoard.services.base import trash_hold

ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys, time
from pathlib import Path
from databoard.services.base import trash_hold
with trash_hold.holding(Path(sys.argv[1])):
    print("holds", flush=True)
    time.sleep(600)
"""


def may_remove(home):
    with trash_hold.removing(home) as may:
        return may


def test_two_may_hold_and_none_may_remove_meanwhile(tmp_path):
    assert may_remove(tmp_path)
    with trash_hold.holding(tmp_path):
        with trash_hold.holding(tmp_path):
            assert not may_remove(tmp_path)
        assert not may_remove(tmp_path)
    assert may_remove(tmp_path)


def test_only_one_removes_at_a_time(tmp_path):
    with trash_hold.removing(tmp_path) as first, trash_hold.removing(tmp_path) as second:
        assert first and not second


def test_a_killed_process_holds_nothing(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "holds\n"
    assert not may_remove(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert may_remove(tmp_path)
