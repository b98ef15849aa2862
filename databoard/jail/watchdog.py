"""Look at a run from outside and say which of its limits it passed. The supervisor calls this ten times a second.

Theory of operation. A watchdog must not starve: what it does for one look takes a few milliseconds, and nothing that
the run can hold up is waited for. So

* the processes of a run are those in the ``/proc`` of its own namespace, whatever else the machine runs;
* what is cheap to know is looked at first: the number of processes, then processor time, then memory;
* exact memory, for which the kernel makes a reader wait until a process has done with changing its memory map, is
  measured in a thread of its own. A chain of forks held one look up for a minute so.

It knows processes and limits; not what a run does, nor how it is ended.
"""

import os
from concurrent.futures import Future, ThreadPoolExecutor, wait

from databoard.jail import processes, shares
from databoard.jail.cgroups import Group
from databoard.jail.report import Limits, Stopped, Verdict
from databoard.jail.runs import RunWall

#: Longest that a look waits for exact memory; what is not there then is taken in by the next one.
_EXACT_WITHIN_S = 0.05
#: How often at most a crowd is killed; what is forked after that ends with the first process of the namespace.
_MAX_PASSES = 3
#: Processes that take long to end on one share of a busy machine.
_MANY = 8


class Watchdog:
    """Watches one run.

    Parameters
    ----------
    wall : Wall or Cell
        With ``root`` and ``is_root_counted``.
    group : Group or None
        The control group of the run, which counts processor time exactly.

    Attributes
    ----------
    cpu_time_s, peak_bytes
        Most that was seen since the clock of the run was started, and ever.
    """

    def __init__(self, wall: RunWall, limits: Limits, group: Group | None) -> None:
        self._limits, self._group = limits, group
        self._census, self._exact = Census(wall.root, wall.is_root_counted), _ExactMemory()
        self.cpu_time_s, self.peak_bytes = 0.0, 0
        self._tree_at_start_s = self._group_at_start_s = self._seen_at_start_s = 0.0
        self._main: tuple[int, ...] = ()
        self._seen = SeenTimes()
        # Asked of the first process, which is ours: those of the run can make themselves unreadable.
        self._sees_sockets = processes.can_look_into(f"/proc/{wall.root}")

    def start_clock(self) -> None:
        """Count processor time from here on."""
        self._census.narrow()
        tree = self._census.take()
        self._main = tree.pids[:1]
        self._tree_at_start_s, self._group_at_start_s = tree.cpu_time_s, self._group_s()
        self._seen_at_start_s, self.cpu_time_s = self._seen.add(tree.own_s), 0.0

    def look(self) -> None:
        """Raise :class:`Stopped` when the run is beyond a limit."""
        tree = self.count()
        if len(tree.pids) > self._limits.max_processes:
            raise Stopped(Verdict.too_many_processes, f"{len(tree.pids)} processes")
        if self.cpu_time_s > self._limits.cpu_time_s:
            raise Stopped(Verdict.timeout, "processor time")
        self._look_at_memory(tree.folders)

    def count(self) -> processes.Tree:
        """Take in the processes and the processor time that are there now."""
        tree = self._census.take()
        in_tree_s, in_group_s = (
            tree.cpu_time_s - self._tree_at_start_s,
            self._group_s() - self._group_at_start_s,
        )
        # Of a child whose parent ignores its end no process is told; what was seen of it is the least that it had.
        seen_s = self._seen.add(tree.own_s) - self._seen_at_start_s
        self.cpu_time_s = max(self.cpu_time_s, in_tree_s, in_group_s, seen_s)
        return tree

    def settle(self) -> tuple[float, int]:
        """Return processor time and most memory so far."""
        tree = self.count()
        self._look_at_memory(tree.folders)
        return self.cpu_time_s, max(self.peak_bytes, processes.peak_bytes(tree.folders))

    def look_last(self) -> bool:
        """Take in what would be lost: what is killed is waited for by nobody; and help many processes to end soon.

        Returns
        -------
        bool
            Whether the main process lives, and no other: one that is left behind by it does not count for it.
        """
        tree = self.count()
        if len(tree.pids) > _MANY:
            shares.favour(tree.folders[0])
            self._kill_each(tree)
        return bool(self._main) and tree.pids == self._main

    def _kill_each(self, tree: processes.Tree) -> None:
        """Kill a crowd from here: its first process, whose end kills it, waits for seconds for its turn among it."""
        for _ in range(_MAX_PASSES):
            if not sum(map(processes.kill, tree.folders)):
                return
            tree = self._census.take()  # those that were forked meanwhile

    def in_all(self, wall: RunWall) -> tuple[float, int]:
        """Return processor time and most memory of a run that has ended, with what its wall tells of it."""
        self.cpu_time_s = max(self.cpu_time_s, self._group_s() - self._group_at_start_s)
        return (
            max(self.cpu_time_s, wall.cpu_time_s - self._tree_at_start_s),
            max(self.peak_bytes, wall.max_rss_bytes),
        )

    def close(self) -> None:
        """Give back what it holds."""
        self._exact.close()
        self._census.close()

    def _group_s(self) -> float:
        return self._group.cpu_time_s() if self._group is not None else 0.0

    def _look_at_memory(self, folders: tuple[str, ...]) -> None:
        used_bytes = processes.resident_bytes(folders)
        if used_bytes > self._limits.memory_bytes:
            # Pages shared after a fork were counted for each process.
            exact_bytes = self._exact.ask(folders)
            if exact_bytes is None:
                return
            used_bytes = exact_bytes
        waiting_bytes = processes.socket_bytes(folders) if self._sees_sockets else 0
        self.peak_bytes = max(self.peak_bytes, used_bytes)
        if used_bytes + waiting_bytes > self._limits.memory_bytes:
            raise Stopped(
                Verdict.out_of_memory, f"{used_bytes:,} bytes resident, {waiting_bytes:,} in sockets at most"
            )


class Census:
    """The processes of one run.

    They are all that its process namespace holds, once :meth:`narrow` has found its ``/proc``. Before, and where
    this process may not look into others (root of a plain container), they are those below its first process.
    """

    def __init__(self, root: int, is_root_counted: bool) -> None:
        self._root, self._is_root_counted = root, is_root_counted
        self._descriptor: int | None = None

    def narrow(self) -> None:
        """Look only at the namespace of the run from here on; called when its walls stand."""
        if self._is_root_counted or self._descriptor is not None:  # no namespace of its own, or done
            return
        try:
            inner = os.path.join(f"/proc/{self._root}", "root", "proc")
            descriptor = os.open(inner, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return
        inside = _namespace(f"/proc/self/fd/{descriptor}/1")
        if inside not in (None, _namespace("/proc/self")) and inside == _namespace(f"/proc/{self._root}"):
            self._descriptor = descriptor
        else:
            os.close(descriptor)

    def take(self) -> processes.Tree:
        """Return the processes that are there now."""
        if self._descriptor is None:
            return processes.tree_of(self._root, is_root_counted=self._is_root_counted)
        return processes.tree_in(f"/proc/self/fd/{self._descriptor}")

    def close(self) -> None:
        """Give the descriptor back."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class SeenTimes:
    """Adds up the processor time that was seen of each process itself, those that have gone included."""

    def __init__(self) -> None:
        self._last: dict[int, float] = {}
        self._gone_s = 0.0

    def add(self, own_s: dict[int, float]) -> float:
        """Take in what there is now; return the sum of all that was ever seen, in seconds."""
        for pid, last_s in self._last.items():
            if own_s.get(pid, 0.0) < last_s:  # it has gone, and another may have its number
                self._gone_s += last_s
        self._last = dict(own_s)
        return self._gone_s + sum(own_s.values())


class _ExactMemory:
    """Measures exact memory beside the looks, one measurement at a time."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._asked: Future[int] | None = None

    def ask(self, folders: tuple[str, ...]) -> int | None:
        """Return the newest measurement; ``None`` while it is under way."""
        if self._asked is None:
            self._pool = self._pool or ThreadPoolExecutor(max_workers=1, thread_name_prefix="memory")
            self._asked = self._pool.submit(processes.exact_bytes, folders)
        wait([self._asked], timeout=_EXACT_WITHIN_S)
        if not self._asked.done():
            return None
        asked, self._asked = self._asked, None
        return asked.result()

    def close(self) -> None:
        """Start no more; one that is under way ends with the processes it reads of."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


def _namespace(folder: str) -> str | None:
    try:
        return os.readlink(f"{folder}/ns/pid")
    except OSError:
        return None
