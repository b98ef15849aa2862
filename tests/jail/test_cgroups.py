"""Control groups: which is ours to divide, what is written there, what is left. On files laid out as the kernel does.

The kernel itself is asked by ``tools/jail_with_control_groups.sh``: most machines that run these tests delegate none.
"""

import os
import signal
import subprocess
from types import SimpleNamespace

import pytest

from databoard.jail import cgroups
from databoard.jail.report import Limits

LIMITS = Limits(memory_bytes=512 << 20, disk_bytes=64 << 20, max_processes=8)


@pytest.fixture
def unit(tmp_path, monkeypatch):
    """The group of a unit with two processes in it, as a worker finds it."""
    path = tmp_path / "system.slice" / "worker.service"
    path.mkdir(parents=True)
    for name, text in (
        ("controllers", "cpu memory pids"),
        ("procs", f"{os.getpid()}\n1\n"),
        ("type", "domain"),
    ):
        (path / f"cgroup.{name}").write_text(text)
    monkeypatch.setattr(cgroups, "_mount", lambda: tmp_path)
    monkeypatch.setattr(cgroups, "_own_path", lambda: "/system.slice/worker.service")
    monkeypatch.setattr(cgroups, "_mark", lambda path, name: b"1" if name == "user.delegate" else b"")
    return path


def test_a_group_that_systemd_delegates_is_ours(unit):
    assert cgroups.delegated() == unit


def test_a_group_of_others_is_not_touched_even_where_root_could(unit, monkeypatch):
    monkeypatch.setattr(cgroups, "_mark", lambda path, name: b"")
    assert cgroups.delegated() is None


def test_the_root_of_a_containers_own_hierarchy_is_ours(unit, monkeypatch):
    monkeypatch.setattr(cgroups, "_mark", lambda path, name: b"")
    monkeypatch.setattr(cgroups, "_mount", lambda: unit)
    monkeypatch.setattr(cgroups, "_own_path", lambda: "/")
    assert cgroups.delegated() == unit
    (unit / "cgroup.type").unlink()  # as at the root of the machine
    assert cgroups.delegated() is None


def test_without_the_memory_controller_there_are_no_groups(unit):
    (unit / "cgroup.controllers").write_text("cpu pids")
    assert cgroups.delegated() is None


def test_the_next_worker_of_a_unit_finds_the_same_group(unit, monkeypatch):
    monkeypatch.setattr(cgroups, "_own_path", lambda: "/system.slice/worker.service/databoard-workers")
    assert cgroups.delegated() == unit


def test_processes_of_the_unit_move_down_and_runs_get_caps(unit):
    group = cgroups.Groups(unit).make(LIMITS)
    assert (unit / "databoard-workers" / "cgroup.procs").read_text() == "1"  # the last that was moved
    assert (unit / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    caps = {name: (group._path / name).read_text() for name in ("memory.max", "memory.oom.group", "pids.max")}
    assert caps == {"memory.max": str((512 + 2 * 64 + 256) << 20), "memory.oom.group": "1", "pids.max": "32"}


def test_a_run_has_one_share_of_the_processors_and_the_worker_more(unit):
    group = cgroups.Groups(unit).make(LIMITS)
    assert (unit / "databoard-workers" / "cpu.weight").read_text() == "1000"
    assert not (group._path / "cpu.weight").exists()  # the kernel's own 100


def test_where_the_processors_are_not_delegated_memory_is(unit):
    (unit / "cgroup.controllers").write_text("memory pids")
    cgroups.Groups(unit)
    assert (unit / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert not (unit / "databoard-workers" / "cpu.weight").exists()


def test_what_a_killed_worker_left_is_removed_and_what_lives_stays(unit, monkeypatch):
    monkeypatch.setattr(cgroups, "_GONE_WITHIN_S", 0)
    gone, alive = unit / "databoard-run-4194305-1", unit / f"databoard-run-{os.getpid()}-1"
    gone.mkdir()
    alive.mkdir()
    cgroups.Groups(unit)
    # A folder of the kernel goes with its files; this one keeps what was written.
    assert alive.exists() and (gone / "cgroup.kill").read_text() == "1"


def test_the_kernel_killing_for_the_cap_and_processor_time_are_read(unit):
    group = cgroups.Groups(unit).make(LIMITS)
    assert (group.is_out_of_memory(), group.cpu_time_s()) == (False, 0.0)
    (group._path / "memory.events").write_text("low 0\nhigh 0\nmax 31\noom 1\noom_kill 2\n")
    (group._path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1000000\n")
    assert (group.is_out_of_memory(), group.cpu_time_s()) == (True, 1.5)


def test_a_run_goes_into_its_group_with_all_that_is_below_it(unit, monkeypatch):
    taken = []
    monkeypatch.setattr(cgroups.Group, "take", lambda group, pids: taken.extend(pids))
    monkeypatch.setattr(cgroups, "_groups", lambda: SimpleNamespace(make=lambda limits: cgroups.Group(unit)))
    with subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE) as process:
        below = int(process.stdout.readline())
        cgroups.group_of(process.pid, LIMITS)
        os.kill(below, signal.SIGKILL)
    assert taken == [process.pid, below]
