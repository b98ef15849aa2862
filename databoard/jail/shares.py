"""The share of the processors that the kernel gives to what trains, beside the pages of the site.

Where autogroups are on (``sched(7)``), each session has one share, whatever the nice values of its processes, and a
run has one session. On each processor where a run trains, it would have twice the share of a web server that answers
on two. So runs are *modest*: their session takes a smaller share. On an idle machine that changes nothing.

Dozens of processes that were killed have to run once more to give back their memory. On one share it takes them
seconds, in which nothing else can start in their place. So root raises the share of a run that it ends; a worker
without privileges cannot, and waits a little longer.
"""

import contextlib
import os
import time

#: A third of the share of a session that is not modest, see ``sched_prio_to_weight`` of the kernel.
MODEST = 5
#: The kernel lets an ordinary user change one share of the whole machine in a tenth of a second.
_TRIES, _TRY_EVERY_S = 20, 0.11
_FAVOURED = "-20"  # the most that there is: some tenths of a second are enough


class Modest:
    """A smaller share for the session of this process, to be taken later.

    The file is opened at once: a process that has entered a user namespace may not open it any more.
    """

    def __init__(self) -> None:
        try:
            self._descriptor = os.open("/proc/self/autogroup", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:  # no autogroups
            self._descriptor = -1

    def take(self) -> None:
        """Take it, and close the file; wait while the kernel has too much to do with shares."""
        for _ in range(_TRIES if self._descriptor >= 0 else 0):
            try:
                os.write(self._descriptor, str(MODEST).encode())
                break
            except BlockingIOError:
                time.sleep(_TRY_EVERY_S)
            except OSError:
                break
        self.close()

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


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
