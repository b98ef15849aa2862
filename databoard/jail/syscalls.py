"""The system calls that the filter names: their numbers on each machine.

Numbers are part of the kernel's stable interface and differ between machines. Sources: ``asm/unistd_64.h`` for
x86_64, ``asm-generic/unistd.h`` for aarch64; both come with Debian's ``linux-libc-dev``. Read by ``seccomp``
outside and by the canary inside, so it imports nothing of ours.

To name another call, add its row; ``None`` where a machine has no such call.
"""

import platform

MACHINES = ("x86_64", "aarch64")

#: Name to number, in the order of ``MACHINES``.
NUMBERS: dict[str, tuple[int | None, ...]] = {
    "add_key": (248, 217),
    "fadvise64": (221, 223),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "fcntl": (72, 25),
    "flock": (73, 32),
    "inotify_add_watch": (254, 27),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "mincore": (27, 232),
    "request_key": (249, 218),
}


def number_of(name: str, machine: str = platform.machine()) -> int | None:
    """Return the number of a call on ``machine``; ``None`` if there is no such call or machine.

    Raises
    ------
    KeyError
        If the table has no row of this name.
    """
    numbers = NUMBERS[name]
    return numbers[MACHINES.index(machine)] if machine in MACHINES else None
