"""The system-call filter: what the kernel refuses a run because no namespace divides it between runs.

Theory of operation. Namespaces give a run its own processes, network and files, but some tables of the kernel
hang on the *inode*, or on the user: locks, leases, watches and write hints of a file, key rings. Two runs that
show the same read-only file (``/usr``, the Python prefix) share its inode, and a lock that one sets there is a
bit that the other reads: without this filter parallel folds told each other the labels that each may not see.

The filter is a program for the kernel's classic BPF machine (``seccomp(2)``; ``Documentation/userspace-api/
seccomp_filter.rst``). It runs at every system call on a ``struct seccomp_data``: number of the call,
architecture, instruction pointer, six arguments of 64 bits. Ours is a straight line, in this order:

1. Another architecture than the one that the numbers are for (on x86_64: 32-bit code by ``int 0x80``, and the
   x32 numbers) answers ENOSYS. Its numbers mean other calls, so every rule below would be void for it. So does a
   number that no known kernel gives a meaning (``syscalls.UNASSIGNED``): what a later one can do, nobody has seen.
2. Each :class:`Refusal` of the table answers its error. One that looks at an argument lists the values that
   pass, not those that do not: a command that a later kernel brings is refused until somebody has thought.
3. All else passes.

Nobody is killed: a library that tries a lock gets an error that it may handle. ``bubblewrap`` loads the program
from a sealed memory file after it has set ``no_new_privs``, right before the first program inside starts. From
there on it holds for that program and all its children, for ever; ``setpriv``, which root's recipe runs next,
needs none of the refused calls.

To refuse another call: add its numbers to ``syscalls``, a line to ``REFUSALS``, an attempt to the canary. What is
not refused stands with its reason in ``tests/jail/test_call_table.py``. On a
machine that ``syscalls`` does not list there is no filter, the canary finds the layer open, and no worker starts.
"""

import errno
import fcntl
import platform
import socket
import struct
import sys
from dataclasses import dataclass

from databoard.jail.syscalls import MACHINES, UNASSIGNED, number_of

#: From ``linux/audit.h``, in the order of ``MACHINES``: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64.
_ARCHITECTURES = (0xC000003E, 0xC00000B7)

# From linux/bpf_common.h: load a word of seccomp_data; mask it; jump; jump if equal, if greater or equal, if a bit is
# set; return.
_LOAD, _AND, _JUMP, _JUMP_EQUAL, _JUMP_FROM, _JUMP_IF_SET, _RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x45, 0x06
# From linux/seccomp.h: SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO; offsets in struct seccomp_data.
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

#: Flags of clone that make namespaces, from linux/sched.h: all CLONE_NEW* but that of time, which clone3 alone takes.
_NAMESPACE_FLAGS = 0x7E020000
#: Of mmap, from linux/mman.h: the two together are memory that outlives its place in every page table.
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
#: Options that let more wait in a socket.
_BUFFERS = (socket.SO_SNDBUF, socket.SO_RCVBUF)
#: The usual one of a family, that of Unix by its number (ICMP needs a privilege), TCP, UDP.
_PROTOCOLS = (0, 1, socket.IPPROTO_TCP, socket.IPPROTO_UDP)
#: What ``madvise`` may do (linux/mman.h): NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED, FREE, (DONT|DO)FORK, and
#: (NO)HUGEPAGE, (DONT|DO)DUMP, (WIPE|KEEP)ONFORK, POPULATE_(READ|WRITE), GUARD_(INSTALL|REMOVE). Refused: what takes
#: pages of a shared file from memory (COLD, PAGEOUT, REMOVE, COLLAPSE) or merges equal pages of runs (MERGEABLE).
_ADVICE = (0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23, 102, 103)
_F_SETOWN_EX, _F_GETOWN_EX = 15, 16
#: Requests that set the flags of a file, from linux/fs.h: FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR.
_FLAG_REQUESTS = (0x40086602, 0x40046602, 0x401C5820)
#: What ``fcntl`` may still do: everything that belongs to a descriptor, nothing that belongs to the file.
_FCNTL_COMMANDS = (
    fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL,
    fcntl.F_GETOWN, fcntl.F_SETOWN, _F_GETOWN_EX, _F_SETOWN_EX, fcntl.F_GETSIG, fcntl.F_SETSIG,
    fcntl.F_GETPIPE_SZ, fcntl.F_SETPIPE_SZ, fcntl.F_ADD_SEALS, fcntl.F_GET_SEALS,
)  # fmt: skip


#: Of one instruction of the filter: code, jump if true, jump if false, constant.
_Line = tuple[int, int, int, int]


@dataclass(frozen=True)
class Refusal:
    """One system call that answers an error.

    Attributes
    ----------
    call : str
        A name in ``syscalls.NUMBERS``.
    error : int
        The ``errno``; 0 claims success and does nothing.
    argument : int or None
        Look at the low 32 bits of this argument, counted from 0, and ...
    passes : tuple of int
        ... let these values pass, if also those of
    and_passes : tuple of (int, tuple of int)
        ... these further arguments do, or
    refused_bits : int
        ... refuse a value that has one of these bits, or
    refused_together : int
        ... refuse a value that has all of these bits.
    refused_values : tuple of (int, tuple of int)
        Refuse a call in which each of these arguments has one of those values, and
    """

    call: str
    error: int
    argument: int | None = None
    passes: tuple[int, ...] = ()
    and_passes: tuple[tuple[int, tuple[int, ...]], ...] = ()
    refused_bits: int = 0
    refused_together: int = 0
    refused_values: tuple[tuple[int, tuple[int, ...]], ...] = ()


REFUSALS = (
    # Locks, leases, directory notices, write hints: seen by everybody who opens the same file. With ENOSYS libraries
    # give up or do without at once; with ENOLCK SQLite waits and tries again, for seconds.
    Refusal("flock", errno.ENOSYS),
    Refusal("fcntl", errno.ENOSYS, argument=1, passes=_FCNTL_COMMANDS),
    # Reads that tell whether a page of a shared file is in memory.
    Refusal("preadv2", errno.EOPNOTSUPP, argument=5, passes=(0,)),
    Refusal("cachestat", errno.ENOSYS),
    # Marks on files that other runs hold, too.
    Refusal("setxattr", errno.ENOTSUP),
    Refusal("lsetxattr", errno.ENOTSUP),
    Refusal("fsetxattr", errno.ENOTSUP),
    Refusal("setxattrat", errno.ENOTSUP),
    Refusal("removexattr", errno.ENOTSUP),
    Refusal("lremovexattr", errno.ENOTSUP),
    Refusal("fremovexattr", errno.ENOTSUP),
    Refusal("removexattrat", errno.ENOTSUP),
    Refusal("file_setattr", errno.ENOTSUP),
    Refusal("ioctl", errno.ENOTTY, refused_values=((1, _FLAG_REQUESTS),)),
    # How full a file system is, by its number: also those of other runs.
    Refusal("ustat", errno.ENOSYS),
    # Memory that no process maps, so that nobody counts it.
    Refusal("memfd_create", errno.ENOSYS),
    Refusal("memfd_secret", errno.ENOSYS),
    Refusal("shmget", errno.ENOSYS),
    Refusal("msgget", errno.ENOSYS),
    Refusal("semget", errno.ENOSYS),
    Refusal("mq_open", errno.ENOSYS),
    # Watches tell who opens a shared file, and when.
    Refusal("inotify_init", errno.ENOSYS),
    Refusal("inotify_init1", errno.ENOSYS),
    Refusal("inotify_add_watch", errno.ENOSYS),
    Refusal("fanotify_init", errno.ENOSYS),
    Refusal("fanotify_mark", errno.ENOSYS),
    # One run drops, fetches or moves pages of a shared file, another sees it. Advice may be ignored.
    Refusal("fadvise64", 0),
    Refusal("readahead", 0),
    Refusal("mincore", errno.ENOSYS),
    Refusal("madvise", errno.EINVAL, argument=2, passes=_ADVICE),
    Refusal("move_pages", errno.ENOSYS),
    Refusal("migrate_pages", errno.ENOSYS),
    # Writes out the disks of the machine; what a run writes lies in memory.
    Refusal("sync", 0),
    Refusal("syncfs", 0),
    # The key ring of a user id outlives the run that leased it; that of the worker's session is in all runs.
    Refusal("add_key", errno.ENOSYS),
    Refusal("request_key", errno.ENOSYS),
    Refusal("keyctl", errno.ENOSYS),
    # Do the work of other calls where no filter sees it, reads with the refused flag among them.
    Refusal("io_setup", errno.ENOSYS),
    Refusal("io_submit", errno.ENOSYS),
    Refusal("io_uring_setup", errno.ENOSYS),
    Refusal("io_uring_enter", errno.ENOSYS),
    Refusal("io_uring_register", errno.ENOSYS),
)


#: What a walled-in run has no use for, and what reaches the most code of the kernel: what would make a new wall or
#: undo this one, look into another process, or load something into the kernel. The zygote needs some of them.
INNER_REFUSALS = (
    *(Refusal(call, errno.EPERM) for call in (
        "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr", "move_mount",
        "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "ptrace", "process_vm_readv", "process_vm_writev",
        "process_madvise", "kcmp", "pidfd_getfd", "open_by_handle_at", "name_to_handle_at", "acct", "swapon",
        "swapoff", "reboot", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "syslog", "quotactl",
        "quotactl_fd", "personality", "init_module", "finit_module", "delete_module", "kexec_load",
        "kexec_file_load", "modify_ldt", "iopl", "ioperm", "sethostname", "setdomainname", "vhangup",
    )),
    *(Refusal(call, errno.ENOSYS) for call in (
        "bpf", "perf_event_open", "uprobe", "uretprobe", "userfaultfd", "process_mrelease", "lookup_dcookie", "sysfs",
        "statmount", "listmount", "listns", "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules",
        # Nothing waits by them yet, and futex does the same.
        "futex_waitv", "futex_wake", "futex_wait", "futex_requeue",
    )),
    # Shared pages without a file stay taken when nobody maps them any more; /dev/shm has the same, bounded.
    Refusal("mmap", errno.EPERM, argument=3, refused_together=_MAP_SHARED | _MAP_ANONYMOUS),
    # What waits in a socket is counted as the most that a new one takes. To ask for more is a wish; to insist
    # (SO_SNDBUFFORCE) takes a capability.
    Refusal("setsockopt", 0, refused_values=((1, (socket.SOL_SOCKET,)), (2, _BUFFERS))),
    # The kernel gives each session a share of the processors of its own (autogroups), whatever its nice value: a
    # chain of forks in sessions of their own took a hundred shares, and every neighbour had one.
    Refusal("setsid", 0),
    # How long a turn on a processor lasts, and which other tasks it makes wait, is not the run's to choose.
    *(Refusal(call, errno.EPERM) for call in ("sched_setattr", "sched_setparam", "sched_setscheduler")),
    # Its flags lie in memory, where no filter looks; the C library falls back to clone.
    Refusal("clone3", errno.ENOSYS),
    Refusal("clone", errno.EPERM, argument=0, refused_bits=_NAMESPACE_FLAGS),
    # Unix, IPv4 and IPv6 for loopback; not packets, netlink, vsock, Bluetooth and what else a kernel may bring. Of
    # their protocols those whose queues are counted: UDP-Lite and Multipath TCP have tables that nobody reads.
    Refusal("socket", errno.EAFNOSUPPORT, argument=0, passes=(1, 2, 10), and_passes=((2, _PROTOCOLS),)),
)  # fmt: skip


def whole_program(machine: str = platform.machine()) -> bytes | None:
    """Return both filters as one, for a run that starts cold behind one wall."""
    return program(machine, REFUSALS + INNER_REFUSALS)


def inner_program(machine: str = platform.machine()) -> bytes | None:
    """Return the filter of the inner wall, which comes on top of :func:`program`."""
    return program(machine, INNER_REFUSALS)


def program(machine: str = platform.machine(), refusals: tuple[Refusal, ...] = REFUSALS) -> bytes | None:
    """Return the filter for ``machine`` as the kernel wants it, or ``None`` for a machine without a table."""
    if machine not in MACHINES:
        return None
    lines = [
        *_unless_equal(_ARCHITECTURE_AT, _ARCHITECTURES[MACHINES.index(machine)], _answer(errno.ENOSYS)),
        (_LOAD, 0, 0, _NUMBER_AT),
        *(line for numbers in UNASSIGNED[MACHINES.index(machine)] for line in _if_within(*numbers)),
    ]
    for refusal in refusals:
        number = number_of(refusal.call, machine)
        if number is not None:
            body = _body(refusal)
            lines += [(_JUMP_EQUAL, 0, len(body), number), *body]
    lines.append((_RETURN, 0, 0, _ALLOW))
    # struct sock_filter: code, jump if true, jump if false, constant.
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _unless_equal(offset: int, value: int, answer: _Line) -> list[_Line]:
    return [(_LOAD, 0, 0, offset), (_JUMP_EQUAL, 1, 0, value), answer]


def _if_within(first: int, end: int | None) -> list[_Line]:
    """Return the lines that answer ENOSYS to the numbers from ``first`` to the one before ``end``, or to all."""
    if end is None:
        return [(_JUMP_FROM, 0, 1, first), _answer(errno.ENOSYS)]
    return [(_JUMP_FROM, 0, 2, first), (_JUMP_FROM, 1, 0, end), _answer(errno.ENOSYS)]


def _body(refusal: Refusal) -> list[_Line]:
    """Return the lines for a call that was recognised; they never fall through."""
    if refusal.refused_values:
        return _unless_all(refusal)
    if refusal.argument is None:
        return [_answer(refusal.error)]
    load = _load_argument(refusal.argument)
    if refusal.refused_bits:
        bits = (_JUMP_IF_SET, 0, 1, refusal.refused_bits)
        return [load, bits, _answer(refusal.error), (_RETURN, 0, 0, _ALLOW)]
    if refusal.refused_together:
        both = refusal.refused_together
        equal = (_JUMP_EQUAL, 0, 1, both)
        return [load, (_AND, 0, 0, both), equal, _answer(refusal.error), (_RETURN, 0, 0, _ALLOW)]
    return _unless_each_passes(refusal, refusal.argument)


def _unless_each_passes(refusal: Refusal, argument: int) -> list[_Line]:
    lines: list[_Line] = []
    for number, passes in ((argument, refusal.passes), *refusal.and_passes):
        lines += [
            _load_argument(number),
            # A value that passes jumps over the values after it and over the error.
            *((_JUMP_EQUAL, len(passes) - i, 0, value) for i, value in enumerate(passes)),
            _answer(refusal.error),
        ]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def _unless_all(refusal: Refusal) -> list[_Line]:
    """Return the lines that look at one argument after the other; the first with another value jumps to the last."""
    lines: list[_Line] = [_answer(refusal.error), (_RETURN, 0, 0, _ALLOW)]
    for argument, values in reversed(refusal.refused_values):
        n_below = len(lines) - 1
        jumps = [(_JUMP_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
        lines = [_load_argument(argument), *jumps, (_JUMP, 0, 0, n_below), *lines]
    return lines


def _load_argument(argument: int) -> _Line:
    low_half = 0 if sys.byteorder == "little" else 4
    return (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument + low_half)


def _answer(error: int) -> _Line:
    return (_RETURN, 0, 0, _ERROR | error)
