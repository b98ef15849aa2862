"""End processes that a killed worker left behind: a bubblewrap that waits for its parent for ever.

bubblewrap's first process inside the namespace waits for a word from the one outside before it does
anything, and asks the kernel to die with it only later. A worker that is killed in these few milliseconds
leaves the former behind, asleep. It runs no untrusted code, but it uses memory.
Every start of a worker ends such processes.
"""

import contextlib
import os
import select
import signal

from databoard.jail import bubblewrap

_MARK = str(bubblewrap.INSIDE).encode()
_GONE_WITHIN_S = 1.0


def end_orphans() -> int:
    """Kill every first process of one of our jails whose outer bubblewrap is gone; return how many."""
    return sum(_end(int(name)) for name in os.listdir("/proc") if name.isdigit())


def _end(pid: int) -> bool:
    with contextlib.suppress(OSError):
        # The descriptor pins the process: whatever its number means later, we look at and kill this one.
        descriptor = os.pidfd_open(pid)
        try:
            if _is_orphan(pid):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                select.select([descriptor], [], [], _GONE_WITHIN_S)
                return True
        finally:
            os.close(descriptor)
    return False


def _is_orphan(pid: int) -> bool:
    status = _status(pid)
    is_first_inside = len(status["NSpid"].split()) > 1 and status["NSpid"].split()[-1] == "1"
    return is_first_inside and _is_ours(pid) and not _is_ours(int(status["PPid"]))


def _is_ours(pid: int) -> bool:
    """Return whether this is bubblewrap, started by us."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        words = file.read().split(b"\0")
    return _MARK in words and words[0].endswith(b"bwrap")


def _status(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
