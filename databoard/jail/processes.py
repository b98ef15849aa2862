"""Measure a tree of processes from outside, through ``/proc``.

The supervisor calls this several times a second. Control groups do it better, where they are delegated
(``cgroups``); resident memory summed over the tree works everywhere.
"""

import functools
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_ENDED = (b"Z", b"X")  # states: zombie, dead
_DEFAULT_SEND_BUFFER_BYTES = 212_992  # the kernel's own ``net.core.wmem_default``
#: The most descriptors of a process, see ``wall.rlimits``: what one that lets nobody look is taken to hold.
_MAX_DESCRIPTORS = 1024


@dataclass(frozen=True)
class Tree:
    """A tree of processes, as it is right now.

    Attributes
    ----------
    pids : tuple of int
        Of the living; the root first, when it is counted.
    folders : tuple of str
        Where the kernel tells of each of them.
    cpu_time_s : float
        Of all that were not waited for yet, also when they have ended, and of their children that were waited for;
        orphans are the root's.
    own_s : dict of int to float
        Processor time of each process itself, by its number.
    """

    pids: tuple[int, ...]
    folders: tuple[str, ...]
    cpu_time_s: float
    own_s: "dict[int, float]"


@dataclass(frozen=True)
class _Entry:
    """What ``/proc`` tells of one process; ``folder`` is ``None`` when it has ended."""

    parent: int
    n_own_ticks: int
    n_ticks: int
    folder: str | None


def tree_of(root: int, *, is_root_counted: bool) -> Tree:
    """Return the living descendants of ``root``; reads of every process of the machine."""
    table = dict(_entries("/proc"))
    below = _descendants(table, root)
    first = [root] if root in table else []
    counted = [*(first if is_root_counted else ()), *below]
    return _tree(table, counted, ticks_of=[*first, *below])


def tree_in(proc: str) -> Tree:
    """Return all of a process namespace but its first process, whose times count.

    Parameters
    ----------
    proc : str
        A ``/proc`` of the namespace; numbers are as it has them.
    """
    table = dict(_entries(proc))
    return _tree(table, sorted(pid for pid in table if pid != 1), ticks_of=table)


def resident_bytes(folders: tuple[str, ...]) -> int:
    """Return the anonymous and shared resident memory of processes.

    Pages that a fork shares with its parent count for both: an upper bound.
    """
    return sum(_resident_bytes(folder) for folder in folders)


def exact_bytes(folders: tuple[str, ...]) -> int:
    """Return the proportional memory of processes: shared pages count once.

    Slow (ms a process). The kernel lets a reader wait until the process has done with changing its memory map, which
    takes seconds when many forks share a processor: callers that must not wait use a thread.
    """
    return sum(_proportional_bytes(folder) for folder in folders)


def kill(folder: str) -> bool:
    """Kill the process that the kernel tells of in this folder; return whether it was still to be killed.

    The descriptor of the folder stands for the process, whatever its number means later (``pidfd_send_signal(2)``).
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)
    except OSError:  # it has gone, or is a thread that goes on, or is not ours to end
        return False
    return True


def can_look_into(folder: str) -> bool:
    """Return whether this process may see what another has open; root in a plain container may not."""
    try:
        os.listdir(f"{folder}/fd")
    except OSError:
        return False
    return True


def socket_bytes(folders: tuple[str, ...]) -> int:
    """Return what may wait in the sockets that processes hold: an upper bound, as if each was full.

    The kernel tells how full a socket is only to those who hold it. Queues of TCP and UDP are told in full and may
    be longer. Sockets that are under way in other sockets are not seen; the kernel allows 1,024 of them.
    """
    held: set[str] = set()
    n_unknown = 0
    for folder in folders:
        try:
            names = os.listdir(f"{folder}/fd")
        except PermissionError:  # it made itself unreadable, or has no memory any more because it is ending
            n_unknown += _MAX_DESCRIPTORS if peak_bytes((folder,)) else 0
            continue
        except OSError:
            continue
        held.update(_targets(folder, names))
    waiting = sum(_queued_bytes(folders[0], name) for name in _protocols_in_use(folders[0])) if held else 0
    return (len(held) + n_unknown) * _most_bytes_of_a_socket() + waiting


def peak_bytes(folders: tuple[str, ...]) -> int:
    """Return the most resident memory that any one of the processes ever had."""
    return max((_sum_of_fields(f"{folder}/status", (b"VmHWM:",)) or 0 for folder in folders), default=0)


def _entries(proc: str) -> Iterator[tuple[int, _Entry]]:
    """Yield number and :class:`_Entry` of every process that can be seen."""
    for name in os.listdir(proc):
        if not name.isdigit():
            continue
        try:
            with open(f"{proc}/{name}/stat", "rb") as file:
                # The command may hold spaces and brackets of the program's choosing: cut after the last ')'.
                fields = file.read().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields:
            own, waited_for = (sum(int(ticks) for ticks in fields[i : i + 2]) for i in (11, 13))
            folder = f"{proc}/{name}" if fields[0] not in _ENDED else _living_thread(proc, name, fields)
            yield int(name), _Entry(int(fields[1]), own, own + waited_for, folder)


def _living_thread(proc: str, name: str, fields: list[bytes]) -> str | None:
    """Return the folder of a thread that goes on when the first of its process has ended."""
    if int(fields[17]) <= 1:  # threads
        return None
    try:
        others = [thread for thread in os.listdir(f"{proc}/{name}/task") if thread != name]
    except OSError:
        return None
    return f"{proc}/{name}/task/{others[-1]}" if others else None


def _tree(table: dict[int, _Entry], counted: list[int], *, ticks_of: Iterable[int]) -> Tree:
    alive = {pid: folder for pid in counted if (folder := table[pid].folder) is not None}
    n_ticks = sum(table[pid].n_ticks for pid in ticks_of)
    own_s = {pid: table[pid].n_own_ticks / _TICKS_PER_S for pid in ticks_of}
    return Tree(tuple(alive), tuple(alive.values()), n_ticks / _TICKS_PER_S, own_s)


def _descendants(table: dict[int, _Entry], root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, entry in table.items():
        children.setdefault(entry.parent, []).append(pid)
    found: list[int] = []
    queue = [root]
    while queue:
        below = children.get(queue.pop(), ())
        found.extend(below)
        queue.extend(below)
    return found


def _targets(folder: str, names: list[str]) -> Iterator[str]:
    for name in names:
        try:
            target = os.readlink(f"{folder}/fd/{name}")
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


def _protocols_in_use(folder: str) -> list[str]:
    """Return the protocols of which the network of a process has sockets.

    To read the sockets of TCP the kernel walks through a table of the whole machine, 5 ms each time on one of 24 GiB.
    """
    in_use = []
    for name in ("sockstat", "sockstat6"):
        try:
            lines = Path(f"{folder}/net/{name}").read_text().splitlines()
        except OSError:
            continue
        words = [line.split() for line in lines]
        in_use += [word[0].rstrip(":").lower() for word in words if word[1:2] == ["inuse"] and word[2] != "0"]
    return [name for name in in_use if name in ("tcp", "tcp6", "udp", "udp6")]


def _queued_bytes(folder: str, protocol: str) -> int:
    """Return what waits in the sockets of a protocol, in the network of a process (``proc_net_tcp.rst``)."""
    try:
        lines = Path(f"{folder}/net/{protocol}").read_text().splitlines()[1:]
    except OSError:
        return 0
    return sum(int(part, 16) for line in lines for part in line.split()[4].split(":"))


def _resident_bytes(folder: str) -> int:
    return _sum_of_fields(f"{folder}/status", (b"RssAnon:", b"RssShmem:")) or 0


def _proportional_bytes(folder: str) -> int:
    # A process that made itself undumpable cannot be read this way: then its plain resident memory counts.
    exact = _sum_of_fields(f"{folder}/smaps_rollup", (b"Pss_Anon:", b"Pss_Shmem:"))
    return _resident_bytes(folder) if exact is None else exact


def _sum_of_fields(path: str, names: tuple[bytes, ...]) -> int | None:
    try:
        with open(path, "rb") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(names))
    except OSError:
        return None
