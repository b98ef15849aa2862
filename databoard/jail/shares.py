"""The share of the processors that the kernel gives to a run that is being ended.

Where autogroups are on (``sched(7)``), each session has one share, whatever the nice values of its processes, and a
run has one session. Dozens of processes that were killed have to run once more to give back their memory. On that one
share it takes them seconds, in which nothing else can start in their place. So root raises the share of a run that it
ends; a worker without privileges cannot, and waits a little longer.
"""

import contextlib

_FAVOURED = "-20"  # the most that there is: some tenths of a second are enough


def favour(folder: str) -> None:
    """Give the session of a process more of the processors, unless it is the session of this process.

    Parameters
    ----------
    folder : str
        Where the kernel tells of the process, such as ``/proc/57``.
    """
    with contextlib.suppress(OSError):  # no autogroups, no privilege, or gone already
        group = _group(folder)
        if group is not None and group != _group("/proc/self"):
            with open(f"{folder}/autogroup", "w") as file:
                file.write(_FAVOURED)


def _group(folder: str) -> str | None:
    """Return the name of the autogroup of a process; ``None`` for a process that belongs to none."""
    with open(f"{folder}/autogroup") as file:
        words = file.read().split()  # empty where the session was started while autogroups were off
    return words[0] if words else None
