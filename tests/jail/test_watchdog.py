"""A watchdog that waits for nothing the run can hold up, and a verdict that does not depend on the machine's load."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from databoard.jail import Limits, Verdict, processes, shares
from databoard.jail.report import Stopped
from databoard.jail.watchdog import Census, SeenTimes, Watchdog

SPIN = "import time\nwhile time.process_time() < 0.3: pass"
FORKS = (
    "import subprocess, sys; [subprocess.Popen(['sleep', '60']) for _ in range(5)]; print(); sys.stdin.read()"
)


@pytest.fixture
def child():
    """Start Python code below this process; ended with all of its session."""
    started = []

    def start(code):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        started.append(subprocess.Popen([sys.executable, "-c", code], start_new_session=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.communicate()


def watchdog_of(process, **limits):
    return Watchdog(SimpleNamespace(root=process.pid, is_root_counted=True), Limits(**limits), None)


def test_a_look_counts_although_the_kernel_holds_up_who_asks_for_memory(child, monkeypatch):
    process, ended = child(FORKS), threading.Event()
    process.stdout.readline()
    monkeypatch.setattr(processes, "exact_bytes", lambda folders: ended.wait(60) or 0)
    watchdog = watchdog_of(process, memory_bytes=1, max_processes=50)
    watchdog.look()
    watchdog._limits = Limits(memory_bytes=1, max_processes=5)
    with pytest.raises(Stopped, match="6 processes"):
        watchdog.look()
    ended.set()
    watchdog.close()


def test_what_was_measured_meanwhile_is_taken_in_by_a_later_look(child, monkeypatch):
    process, ended = child(FORKS), threading.Event()
    process.stdout.readline()
    monkeypatch.setattr(processes, "exact_bytes", lambda folders: ended.wait(60) and 57)
    watchdog = watchdog_of(process, memory_bytes=1)
    watchdog.look()
    ended.set()
    with pytest.raises(Stopped) as stopped:
        watchdog._exact._asked.result()
        watchdog.look()
    assert stopped.value.verdict == Verdict.out_of_memory and stopped.value.detail.startswith("57 bytes")
    watchdog.close()


def test_the_time_of_a_process_that_ended_counts_until_somebody_waits_for_it(child):
    process = child(SPIN)
    while processes.tree_of(process.pid, is_root_counted=True).pids:
        time.sleep(0.01)
    tree = processes.tree_of(process.pid, is_root_counted=True)
    assert tree.pids == () and tree.cpu_time_s >= 0.25


CROWD = "import subprocess, sys; [subprocess.Popen(['sleep', '60']) for _ in range(20)]; print(); sys.stdin.read()"


def test_a_crowd_is_killed_before_its_first_process_gets_its_turn(child):
    process = child(CROWD)
    process.stdout.readline()
    watchdog = watchdog_of(process)
    crowd = watchdog.count().folders
    watchdog.look_last()
    watchdog.close()
    process.wait(timeout=30)  # nobody else has killed it
    deadline = time.monotonic() + 30
    while any(processes.kill(folder) for folder in crowd):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_few_processes_are_left_to_the_end_of_their_namespace(child):
    process = child(FORKS)
    process.stdout.readline()
    watchdog = watchdog_of(process)
    watchdog.look_last()
    watchdog.close()
    assert len(processes.tree_of(process.pid, is_root_counted=True).pids) == 6


def test_without_a_namespace_of_its_own_the_run_is_a_tree(child):
    process = child(FORKS)
    process.stdout.readline()
    census = Census(process.pid, is_root_counted=False)
    before = census.take()
    census.narrow()  # a plain process has our /proc, where the first process is not its own
    assert len(before.pids) == 5 and set(census.take().pids) == set(before.pids)


def test_our_own_session_is_never_favoured():
    before = autogroup(os.getpid())
    shares.favour("/proc/self")
    assert autogroup(os.getpid()) == before


def test_a_session_that_is_ended_is_favoured_where_the_kernel_lets_us(child):
    process = child(FORKS)
    process.stdout.readline()
    before = autogroup(process.pid)
    shares.favour(f"/proc/{process.pid}")
    nice = "nice -20" if os.geteuid() == 0 else "nice 0"
    assert autogroup(process.pid) == before.replace(
        "nice 0", nice
    )  # both empty where the kernel has no autogroup


def test_a_process_in_no_autogroup_is_no_error(tmp_path):
    (tmp_path / "autogroup").write_text("")
    shares.favour(str(tmp_path))
    assert (tmp_path / "autogroup").read_text() == ""


def test_a_process_that_is_gone_is_no_error():
    shares.favour("/proc/4194305")


def autogroup(pid):
    with open(f"/proc/{pid}/autogroup") as file:
        return file.read().strip()


def test_time_of_a_process_that_went_stays_counted_and_its_number_may_come_again():
    seen = SeenTimes()
    sums = [seen.add(own_s) for own_s in ({1: 0.5, 2: 1.0}, {1: 0.75}, {1: 1.0, 2: 0.25}, {2: 0.5})]
    assert sums == [1.5, 1.75, 2.25, 2.5]
