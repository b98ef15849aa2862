"""How much memory may still be taken: the least of machine and control groups, in either version of these."""

from pathlib import Path

import pytest

from databoard.jail import memory_copy
from databoard.jail.memory_room import available_bytes

MIB = 1 << 20
#: Of each version: kind of mount, its options, the line that tells the own group, files of a group.
VERSIONS = {
    "1": ("cgroup", "rw,memory", "4:memory:{}", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
    "2": ("cgroup2", "rw", "0::{}", "memory.max", "memory.current", ""),
}


@pytest.fixture(params=VERSIONS)
def machine(request, tmp_path):
    """Lay out what the kernel tells of a machine with 1,000 MiB available; return a function to add groups."""
    kind, options, line, limit_name, taken_name, prefix = VERSIONS[request.param]
    proc, mounted = tmp_path / "proc", tmp_path / "groups"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable: {1000 * 1024} kB\n")

    def add(path, limit_mib, taken_mib, files_mib=0):
        group = mounted / path
        group.mkdir(parents=True, exist_ok=True)
        (group / limit_name).write_text("max\n" if limit_mib is None else f"{limit_mib * MIB}\n")
        (group / taken_name).write_text(f"{taken_mib * MIB}\n")
        (group / "memory.stat").write_text(
            f"anon 5\n{prefix}active_file 0\n{prefix}inactive_file {files_mib * MIB}\n"
        )

    def enter(own, root="/"):
        (proc / "self" / "cgroup").write_text(f"9:name=systemd:/\n{line.format(own)}\n")
        mount = f"36 35 0:30 {root} {mounted} rw,nosuid - {kind} cgroup {options}\n"
        (proc / "self" / "mountinfo").write_text(f"22 1 8:1 / / rw - ext4 /dev/root rw\n{mount}")

    add.enter, add.proc = enter, proc
    return add


def test_without_groups_the_machine_tells(machine):
    assert available_bytes(machine.proc) == 1000 * MIB


def test_a_group_without_a_limit_limits_nothing(machine):
    machine("worker", None, 5000)
    machine.enter("/worker")
    assert available_bytes(machine.proc) == 1000 * MIB


def test_pages_of_files_can_be_dropped_and_do_not_count(machine):
    machine("worker", 400, 300, files_mib=250)
    machine.enter("/worker")
    assert available_bytes(machine.proc) == 350 * MIB


@pytest.mark.parametrize(("outer", "inner"), [(200, 500), (500, 200)])
def test_the_group_with_the_least_room_counts_however_deep(machine, outer, inner):
    machine("slice", outer, 0)
    machine("slice/service/worker", inner, 0)
    machine.enter("/slice/service/worker")
    assert available_bytes(machine.proc) == 200 * MIB


@pytest.mark.parametrize(
    ("own", "root"), [("/", "/"), ("/docker/5f", "/docker/5f"), ("/", "/docker/5f"), ("/../5f", "/")]
)
def test_a_container_finds_its_group_however_its_path_is_told(machine, own, root):
    machine(".", 300, 100)
    machine.enter(own, root)
    assert available_bytes(machine.proc) == 200 * MIB


def test_a_group_beyond_its_limit_has_no_room(machine):
    machine("worker", 300, 310)
    machine.enter("/worker")
    assert available_bytes(machine.proc) == 0


def test_this_machine_can_be_asked():
    assert 0 < available_bytes() < 1 << 50


def test_no_copy_is_made_that_a_control_group_has_no_room_for(machine, monkeypatch, tmp_path):
    machine("worker", 1, 0)
    machine.enter("/worker")
    monkeypatch.setattr(memory_copy, "available_bytes", lambda: available_bytes(machine.proc))
    facts = [Path(__file__).stat()] * 500
    with pytest.raises(OSError, match="bytes free"):
        memory_copy._check_room(tmp_path, facts)
    machine("worker", 100, 0)
    memory_copy._check_room(tmp_path, facts)
