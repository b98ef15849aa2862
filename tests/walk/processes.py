"""What runs below a process, read from ``/proc``."""

import contextlib
import ctypes
import os
import time
from pathlib import Path


def words_of(pid: int) -> str:
    """Return the command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children_of(pid: int) -> list[int]:
    """Return the children of a process, the oldest first."""
    return [child for child, parent in _parents().items() if parent == pid]


def descendants_of(pid: int) -> set[int]:
    """Return all processes below one, those that are dead and not yet buried left out."""
    parents, found = _parents(), {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def left_below(pid: int, others: set[int], within_s: float = 10.0) -> list[str]:
    """Return the command lines of what is still below a process after a while; not `others` and what these start.

    What was killed a moment ago may take that moment to end. A browser of another test starts helpers when it likes.
    """
    deadline_s = time.monotonic() + within_s
    while (found := _strangers_below(pid, others)) and time.monotonic() < deadline_s:
        if all("postgres" in words_of(one) for one in found):
            break
        time.sleep(0.1)
    return [words_of(one) for one in found]


def _strangers_below(pid: int, others: set[int]) -> set[int]:
    return descendants_of(pid).difference(others, *map(descendants_of, others))


def _parents() -> dict[int, int]:
    parents = {}
    for name in sorted((name for name in os.listdir("/proc") if name.isdigit()), key=int):
        with contextlib.suppress(OSError):
            state, parent = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(name)] = int(parent)
    return parents


@contextlib.contextmanager
def adopting_orphans():
    """Let every process whose parent dies become ours meanwhile, so that none can hide from `descendants_of`."""
    set_child_subreaper, libc = 36, ctypes.CDLL(None, use_errno=True)
    libc.prctl(set_child_subreaper, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(set_child_subreaper, 0, 0, 0, 0)
