"""A running process tree behind a wall: has it ended, end it; and the limits of its processes. ``raising`` starts it.

With bubblewrap a run lives in its own process namespace: killing the namespace's first process kills
everything in it, at once, whatever it forked or renamed. The kernel lets that process go only when the last
of the others is gone, so waiting for it proves that nothing survived.

Mode ``none`` is a plain process group with limits, for trusted laptops: a process that leaves the group
survives.
"""

import contextlib
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass

from databoard.errors import JailError
from databoard.jail import processes
from databoard.jail.report import Limits

#: Address space beyond the memory limit: libraries map much more than they touch.
ADDRESS_SLACK_BYTES = 1 << 30
#: Imports before untrusted code starts count for the processor limit of a process; give them back.
START_CPU_S = 30
#: Longest from the kill to the end of the last process: dozens of them on one share of a very busy machine take ten
#: seconds and more, and that is no fault of the jail.
GONE_WITHIN_S = 60.0


@dataclass
class Wall:
    """A running process tree.

    Attributes
    ----------
    root : int
        The process whose descendants are the run.
    is_root_counted : bool
        Whether that process is itself part of the run.
    parent : int
        The process whose first child is the program that was started.
    cpu_time_s, max_rss_bytes, status :
        Known after ``kill``: processor time and largest process of the tree, exit status of the main
        process.
    """

    process: "subprocess.Popen[bytes]"
    root: int
    is_root_counted: bool
    root_pidfd: int | None
    parent: int
    cpu_time_s: float = 0.0
    max_rss_bytes: int = 0
    status: int | None = None
    is_killed: bool = False

    def has_ended(self) -> bool:
        """Return whether the main process has ended by itself."""
        if self.status is None:
            self._reap(os.WNOHANG)
        return self.status is not None

    def kill(self) -> None:
        """Kill the whole tree and wait until it is gone.

        Raises
        ------
        JailError
            If something is still alive after a minute.
        """
        if self.is_killed:
            return
        self.is_killed = True
        if self.root_pidfd is None:
            self._kill_group()
        else:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.root_pidfd, signal.SIGKILL)
        deadline = time.monotonic() + GONE_WITHIN_S
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(0.002)
        if self.status is None or not self._is_root_gone(deadline):
            self.process.kill()
            raise JailError(f"A jailed run (process {self.process.pid}) did not end when it was killed.")

    def close(self) -> None:
        """Give the descriptors back."""
        if self.root_pidfd is not None:
            os.close(self.root_pidfd)

    def _kill_group(self) -> None:
        pids = processes.tree_of(self.root, is_root_counted=True).pids
        for kill, target in ((os.killpg, self.root), *((os.kill, pid) for pid in pids)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(target, signal.SIGKILL)

    def _is_root_gone(self, deadline: float) -> bool:
        if self.root_pidfd is None:
            return True
        return bool(select.select([self.root_pidfd], [], [], max(deadline - time.monotonic(), 0.1))[0])

    def _reap(self, flags: int) -> None:
        try:
            pid, status, usage = os.wait4(self.process.pid, flags)
        except ChildProcessError:  # another thread took it a moment ago and is about to write it down
            return
        if pid:
            self.status = self.process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu_time_s = usage.ru_utime + usage.ru_stime
            self.max_rss_bytes = usage.ru_maxrss * 1024


def rlimits(limits: Limits) -> dict[str, int]:
    """Return the limits that each process of a run gets, by the kernel's names."""
    cpu_s = int(limits.cpu_time_s) + START_CPU_S
    return {
        "RLIMIT_AS": limits.memory_bytes + ADDRESS_SLACK_BYTES,
        "RLIMIT_CPU": cpu_s,
        # The kernel counts threads too, so this is looser; the watchdog counts processes, exactly.
        "RLIMIT_NPROC": 2 * limits.max_processes + 16,
        "RLIMIT_FSIZE": limits.file_size_bytes,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
        # Counted for each run alone while the zygote's own limit, counted for all of them, is much higher.
        "RLIMIT_SIGPENDING": 1024,
        # However the worker was started: no run comes before others.
        "RLIMIT_NICE": 0,
        "RLIMIT_RTPRIO": 0,
    }
