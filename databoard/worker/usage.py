"""What a worker and its machine use: memory and processor time of its processes, memory and disk of the machine.

Called by `presence`, which reports it with each heartbeat, and by `pause`, which is asked before a job is taken.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ProcessUsage:
    """What a process and all its descendants use."""

    rss_bytes: int
    cpu_s: float


@dataclass(frozen=True)
class _Process:
    parent: int
    rss_bytes: int
    cpu_s: float


class Meter:
    """Measures one process and its descendants; the processor share is that since the measurement before."""

    def __init__(self, pid: int, proc: Path = PROC):
        self._pid, self._proc = pid, proc
        self._last: tuple[float, float] | None = None

    def measure(self) -> tuple[int, float | None]:
        """Return resident bytes, and percent of one core; None at first. A process that ended counts as nothing."""
        used, now_s = tree_usage(self._pid, self._proc), time.monotonic()
        last, self._last = self._last, (now_s, used.cpu_s)
        if last is None or now_s <= last[0]:
            return used.rss_bytes, None
        return used.rss_bytes, round(100 * max(0.0, used.cpu_s - last[1]) / (now_s - last[0]), 1)


def tree_usage(pid: int, proc: Path = PROC) -> ProcessUsage:
    """Return what a process and its descendants use together."""
    found = dict(_processes(proc))
    children: dict[int, list[int]] = {}
    for number, process in found.items():
        children.setdefault(process.parent, []).append(number)
    rss_bytes, cpu_s, todo = 0, 0.0, [pid]
    while todo:
        number = todo.pop()
        todo += children.get(number, ())
        if number in found:
            rss_bytes, cpu_s = rss_bytes + found[number].rss_bytes, cpu_s + found[number].cpu_s
    return ProcessUsage(rss_bytes, cpu_s)


def memory_used(proc: Path = PROC) -> float | None:
    """Return the share of the machine's memory that is not available, 0 to 1; None where the kernel does not say."""
    with contextlib.suppress(OSError, ValueError, KeyError, ZeroDivisionError):
        lines = (line.split() for line in (proc / "meminfo").read_text().splitlines())
        sizes = {words[0]: int(words[1]) for words in lines if len(words) > 1}
        return 1 - sizes["MemAvailable:"] / sizes["MemTotal:"]
    return None


def disk_used(folder: Path) -> float | None:
    """Return the share of a disk that is used, 0 to 1, as ``df`` counts it; None where it cannot be read."""
    with contextlib.suppress(OSError, ZeroDivisionError):
        usage = shutil.disk_usage(folder)
        return usage.used / (usage.used + usage.free)  # what is kept for root is neither
    return None


def _processes(proc: Path) -> Iterator[tuple[int, _Process]]:
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):  # it ended meanwhile
                # proc(5): the name in brackets may hold anything; after it come state, parent, …
                words = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
                cpu_s = (int(words[11]) + int(words[12])) / _TICKS_PER_S
                yield int(folder.name), _Process(int(words[1]), int(words[21]) * _PAGE_BYTES, cpu_s)
