"""Control groups, version 2, where they are delegated to the worker: a cap on memory that nothing can pass.

Theory of operation. Without them the supervisor measures ten times a second, and code that allocates flat out gets
further for a moment. A control group counts every page when it is taken: also of files in ``/tmp``, in sockets, and
of pages that no process maps. So each run gets a group of its own, with a hard cap a little above its limits; the
supervisor still measures and decides, the cap only stops what it would see too late. When the kernel kills for the
cap, it kills the whole group. Where the controller of the processors is delegated, too, each run has one share of
them, however many processes it has, and the worker has ten.

A group is *delegated* when systemd says so of the unit that the worker runs in (``Delegate=yes``, which it marks by
an extended attribute), or when it is the root of a container's own hierarchy. Groups of others are never touched.
The kernel allows groups below one only when no process is in it itself (``cgroups(7)``, "no internal processes"), so
the worker and what is beside it in its unit move one down at the first run.

Source: ``Documentation/admin-guide/cgroup-v2.rst``. Called by the supervisor; knows nothing of walls.
"""

import contextlib
import functools
import itertools
import logging
import os
import time
from pathlib import Path

from databoard.jail import processes
from databoard.jail.report import Limits

_CONTROLLERS = ("memory", "pids")
#: Divides the processors between runs and worker where it is offered, whatever sessions a run has.
_PROCESSOR = "cpu"
#: Against 100 for each run: the watchdog comes first.
_OWN_WEIGHT = "1000"
_MARKS = ("user.delegate", "trusted.delegate")
_PREFIX, _OWN = "databoard-run", "databoard-workers"
#: Beyond the limits: what the kernel keeps for a run, and the imports of one that starts cold.
_SLACK_BYTES = 256 << 20
_GONE_WITHIN_S = 5.0
_log = logging.getLogger(__name__)


class Group:
    """The control group of one run; made empty, removed when all in it are gone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, pids: tuple[int, ...]) -> None:
        """Move processes in; what they have taken so far stays where it was counted."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                self._write("cgroup.procs", str(pid))

    def is_out_of_memory(self) -> bool:
        """Return whether the kernel killed for the cap."""
        return self._numbers("memory.events").get("oom_kill", 0) > 0

    def cpu_time_s(self) -> float:
        """Return the processor time of all that ever was in it."""
        return self._numbers("cpu.stat").get("usage_usec", 0) / 1e6

    def close(self) -> None:
        """Kill what is left and remove the group; one that does not go is left to the next worker."""
        with contextlib.suppress(OSError):
            self._write("cgroup.kill", "1")
        deadline = time.monotonic() + _GONE_WITHIN_S
        while True:
            try:
                return self._path.rmdir()
            except FileNotFoundError:
                return None
            except OSError as error:  # it holds a process that is ending
                if time.monotonic() > deadline:
                    return _log.warning("the control group %s stays: %s", self._path, error)
                time.sleep(0.005)

    def _write(self, name: str, text: str) -> None:
        (self._path / name).write_text(text)

    def _numbers(self, name: str) -> dict[str, int]:
        try:
            lines = (self._path / name).read_text().splitlines()
        except OSError:
            return {}
        return {key: int(value) for key, value in (line.split() for line in lines)}


class Groups:
    """The delegated group of this worker, below which each run gets its own.

    Parameters
    ----------
    path : Path
        See :func:`delegated`.

    Raises
    ------
    OSError
        If the kernel refuses to divide it.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._numbers = path, itertools.count(1)
        own = path / _OWN
        own.mkdir(exist_ok=True)
        for pid in (path / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (own / "cgroup.procs").write_text(pid)
        (path / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in _CONTROLLERS))
        with contextlib.suppress(OSError):  # not offered, or refused beside real-time processes
            self._divide_processors(own)
        self._sweep()

    def make(self, limits: Limits) -> Group:
        """Return a new group with a hard cap for a run.

        Raises
        ------
        OSError
            If there can be none.
        """
        path = self._path / f"{_PREFIX}-{os.getpid()}-{next(self._numbers)}"
        path.mkdir()
        caps = {
            # Files in /tmp and /dev/shm are memory, too, and have limits of their own.
            "memory.max": limits.memory_bytes + 2 * limits.disk_bytes + _SLACK_BYTES,
            "memory.oom.group": 1,
            "pids.max": 2 * limits.max_processes + 16,
        }
        for name, value in caps.items():
            (path / name).write_text(str(value))
        with contextlib.suppress(FileNotFoundError):  # a kernel without swap
            (path / "memory.swap.max").write_text("0")
        return Group(path)

    def _divide_processors(self, own: Path) -> None:
        if _PROCESSOR in (self._path / "cgroup.controllers").read_text().split():
            with open(self._path / "cgroup.subtree_control", "a") as file:
                file.write(f" +{_PROCESSOR}")
            (own / "cpu.weight").write_text(_OWN_WEIGHT)

    def _sweep(self) -> None:
        """End the groups of workers that are no more."""
        for path in self._path.glob(f"{_PREFIX}-*"):
            if not Path("/proc", path.name.split("-")[2]).exists():
                Group(path).close()


def delegated() -> Path | None:
    """Return the control group that is this worker's to divide, or ``None``."""
    root, inside = _mount(), _own_path()
    if root is None or inside is None:
        return None
    path = root / inside.lstrip("/")
    if path.name == _OWN:  # an earlier worker of this unit moved us
        path = path.parent
    is_container_root = path == root and (path / "cgroup.type").exists()
    if not (is_container_root or any(_mark(path, name) == b"1" for name in _MARKS)):
        return None
    try:
        offered = (path / "cgroup.controllers").read_text().split()
    except OSError:
        return None
    return path if set(_CONTROLLERS) <= set(offered) and os.access(path, os.W_OK) else None


def group_of(root: int, limits: Limits) -> Group | None:
    """Return a new group with ``root`` and all below it in it, or ``None`` where memory is measured only."""
    groups = _groups()
    if groups is None:
        return None
    try:
        group = groups.make(limits)
    except OSError as error:
        _log.warning("no control group for a run, its memory is measured only: %s", error)
        return None
    group.take(processes.tree_of(root, is_root_counted=True).pids)
    return group


@functools.cache
def _groups() -> Groups | None:
    path = delegated()
    if path is None:
        return None
    try:
        return Groups(path)
    except OSError as error:
        _log.warning("control groups below %s cannot be used, memory is measured only: %s", path, error)
        return None


def _mount() -> Path | None:
    """Return where the hierarchy of version 2 is mounted."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        where, _, what = line.partition(" - ")
        if what.startswith("cgroup2 "):
            return Path(where.split()[4])
    return None


def _own_path() -> str | None:
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return next((line[3:] for line in lines if line.startswith("0::")), None)


def _mark(path: Path, name: str) -> bytes:
    try:
        return os.getxattr(path, name)
    except OSError:
        return b""
