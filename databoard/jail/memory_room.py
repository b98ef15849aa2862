"""How much more memory this process may take: of the machine, and of every control group that it is in.

``MemAvailable`` counts the machine. In a container, or below ``MemoryMax=`` of systemd, a control group has less, and
the kernel kills what goes beyond. Files in ``/dev/shm`` count for the group of the process that wrote them. Both
versions of the hierarchy are read (``cgroup-v1/memory.rst``, ``cgroup-v2.rst`` of the kernel's documentation). What
cannot be read limits nothing. ``memory_copy`` asks.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class _Version:
    """The names of one version's files: limit, what is taken; and the counters of pages that can be dropped."""

    limit: str
    taken: str
    droppable: tuple[str, ...]


_VERSIONS = {
    "cgroup": _Version(
        "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_active_file", "total_inactive_file")
    ),
    "cgroup2": _Version("memory.max", "memory.current", ("active_file", "inactive_file")),
}


def available_bytes(proc: Path = _PROC) -> int:
    """Return the bytes that can be taken without anything being swapped out or killed.

    Parameters
    ----------
    proc : Path
        Where the kernel tells of this process and its machine.
    """
    rooms = [_room_of(group, version) for version, group in _groups(proc)]
    return max(min([_of_the_machine(proc), *(room for room in rooms if room is not None)]), 0)


def _of_the_machine(proc: Path) -> int:
    lines = (proc / "meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _groups(proc: Path) -> Iterator[tuple[_Version, Path]]:
    """Yield the folder of every group that this process is in and that counts memory, with its version."""
    own = dict(_own_paths(proc))
    for kind, root, folder in _mounts(proc):
        if kind not in own:
            continue
        # A container may see its own group as the root of all, or be told the path from outside.
        inside = own[kind].relative_to(root) if own[kind].is_relative_to(root) else Path()
        for part in (inside, *inside.parents):
            yield _VERSIONS[kind], folder / part


def _own_paths(proc: Path) -> Iterator[tuple[str, Path]]:
    for line in _lines(proc / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield "cgroup2", Path(path)
        elif "memory" in controllers.split(","):
            yield "cgroup", Path(path)


def _mounts(proc: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield kind of hierarchy, which of its folders is mounted, and where."""
    for line in _lines(proc / "self" / "mountinfo"):
        where, _, what = line.partition(" - ")
        kind, _, options = what.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "memory" in options.split(",")):
            yield kind, Path(where.split()[3]), Path(where.split()[4])


def _room_of(group: Path, version: _Version) -> int | None:
    """Return what a group may still take; ``None`` where it has no limit."""
    try:
        limit = int((group / version.limit).read_text())  # version 2 says "max" where there is none
        taken = int((group / version.taken).read_text())
    except (OSError, ValueError):
        return None
    counters = dict(line.split() for line in _lines(group / "memory.stat"))
    return limit - taken + sum(int(counters.get(name, 0)) for name in version.droppable)


def _lines(path: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return path.read_text().splitlines()
    return []
