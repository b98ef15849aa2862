"""Measure a tree of processes from outside, through ``/proc``.

The supervisor calls this several times a second. Control groups do it better, where they are delegated
(``cgroups``); resident memory summed over the tree works everywhere.
"""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_DEFAULT_SEND_BUFFER_BYTES = 212_992  # the kernel's own ``net.core.wmem_default``
#: The most descriptors of a process, see ``wall.rlimits``: what one that lets nobody look is taken to hold.
_MAX_DESCRIPTORS = 1024


@dataclass(frozen=True)
class Tree:
    """A tree of processes, as it is right now.

    Attributes
    ----------
    pids : tuple of int
        The root first, when it is counted.
    cpu_time_s : float
        Of the living, and of their children that were waited for; orphans are the root's.
    """

    pids: tuple[int, ...]
    cpu_time_s: float


def tree_of(root: int, *, is_root_counted: bool) -> Tree:
    """Return the living descendants of ``root``."""
    table = _process_table()
    pids = _descendants(table, root)
    if is_root_counted and root in table:
        pids.insert(0, root)
    n_ticks = sum(table[pid][1] for pid in {root, *pids} if pid in table)
    return Tree(pids=tuple(pids), cpu_time_s=n_ticks / _TICKS_PER_S)


def resident_bytes(pids: tuple[int, ...]) -> int:
    """Return the anonymous and shared resident memory of ``pids``.

    Pages that a fork shares with its parent count for both: an upper bound.
    """
    return sum(_resident_bytes(pid) for pid in pids)


def exact_bytes(pids: tuple[int, ...]) -> int:
    """Return the proportional memory of ``pids``: shared pages count once. Slow (ms a process)."""
    return sum(_proportional_bytes(pid) for pid in pids)


def can_look_into(pid: int) -> bool:
    """Return whether this process may see what ``pid`` has open; root in a plain container may not."""
    try:
        os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return False
    return True


def socket_bytes(pids: tuple[int, ...]) -> int:
    """Return what may wait in the sockets that ``pids`` hold: an upper bound, as if each was full.

    The kernel tells how full a socket is only to those who hold it. Queues of TCP and UDP are told in full and may
    be longer. Sockets that are under way in other sockets are not seen; the kernel allows 1,024 of them.
    """
    held: set[str] = set()
    n_unknown = 0
    for pid in pids:
        try:
            names = os.listdir(f"/proc/{pid}/fd")
        except PermissionError:  # it made itself unreadable, or has no memory any more because it is ending
            n_unknown += _MAX_DESCRIPTORS if peak_bytes((pid,)) else 0
            continue
        except OSError:
            continue
        held.update(_targets(pid, names))
    waiting = sum(_queued_bytes(pids[0], name) for name in _protocols_in_use(pids[0])) if held else 0
    return (len(held) + n_unknown) * _most_bytes_of_a_socket() + waiting


def peak_bytes(pids: tuple[int, ...]) -> int:
    """Return the most resident memory that any one of ``pids`` ever had."""
    return max((_sum_of_fields(f"/proc/{pid}/status", (b"VmHWM:",)) or 0 for pid in pids), default=0)


def _process_table() -> dict[int, tuple[int, int]]:
    """Return pid → (parent, clock ticks used) for every process that can be seen."""
    table = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The command may hold spaces and brackets of the program's choosing: cut after the last ')'.
                fields = file.read().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields and fields[0] not in (b"Z", b"X"):
            table[int(name)] = (int(fields[1]), sum(int(ticks) for ticks in fields[11:15]))
    return table


def _descendants(table, root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(), ())
        found.extend(below)
        queue.extend(below)
    return found


def _targets(pid: int, names: list[str]):
    for name in names:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
        if target.startswith("socket:"):
            yield target


@functools.cache
def _most_bytes_of_a_socket() -> int:
    """Return what can wait in a socket, twice its first buffer (``socket(7)``); the filter lets nobody raise it."""
    try:
        return 2 * int(Path("/proc/sys/net/core/wmem_default").read_text())
    except (OSError, ValueError):  # a container may hide it
        return 2 * _DEFAULT_SEND_BUFFER_BYTES


def _protocols_in_use(pid: int) -> list[str]:
    """Return the protocols of which the network of ``pid`` has sockets.

    To read the sockets of TCP the kernel walks through a table of the whole machine, 5 ms each time on one of 24 GiB.
    """
    in_use = []
    for name in ("sockstat", "sockstat6"):
        try:
            lines = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()
        except OSError:
            continue
        words = [line.split() for line in lines]
        in_use += [word[0].rstrip(":").lower() for word in words if word[1:2] == ["inuse"] and word[2] != "0"]
    return [name for name in in_use if name in ("tcp", "tcp6", "udp", "udp6")]


def _queued_bytes(pid: int, protocol: str) -> int:
    """Return what waits in the sockets of a protocol, in the network of ``pid`` (``proc_net_tcp.rst``)."""
    try:
        lines = Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]
    except OSError:
        return 0
    return sum(int(part, 16) for line in lines for part in line.split()[4].split(":"))


def _resident_bytes(pid: int) -> int:
    return _sum_of_fields(f"/proc/{pid}/status", (b"RssAnon:", b"RssShmem:")) or 0


def _proportional_bytes(pid: int) -> int:
    # A process that made itself undumpable cannot be read this way: then its plain resident memory counts.
    exact = _sum_of_fields(f"/proc/{pid}/smaps_rollup", (b"Pss_Anon:", b"Pss_Shmem:"))
    return _resident_bytes(pid) if exact is None else exact


def _sum_of_fields(path: str, names: tuple[bytes, ...]) -> int | None:
    try:
        with open(path, "rb") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(names))
    except OSError:
        return None
