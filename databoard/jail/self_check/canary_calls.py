"""The canary's attempts on the kernel itself: calls that a filter must refuse. Each answers ``[closed, detail]``."""

import contextlib
import ctypes
import errno
import fcntl
import functools
import mmap
import os
import platform
import socket
import struct
from collections.abc import Callable

from databoard.jail.syscalls import number_of

#: Whether a layer holds, and what was seen.
Answer = list[bool | str]


def file_locks() -> Answer:
    """Try every kind of lock on a file that all runs share."""
    lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 1, 0)
    commands = (fcntl.F_SETLK, fcntl.F_GETLK, fcntl.F_OFD_SETLK, fcntl.F_OFD_GETLK)
    with open(os.__file__, "rb") as file:
        attempts: list[Callable[[], object]] = [lambda: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)]
        attempts += [functools.partial(fcntl.fcntl, file, command, lock) for command in commands]
        attempts.append(lambda: fcntl.fcntl(file, fcntl.F_GETLEASE))
        for attempt in attempts:
            with contextlib.suppress(OSError):
                attempt()
                return [False, f"{os.__file__} can be locked, or its locks seen"]
    return [True, "refused"]


def file_watches() -> Answer:
    """Try to watch who opens files that all runs share."""
    descriptor = _call("inotify_init1", 0)
    if descriptor >= 0:
        os.close(descriptor)
    return [descriptor < 0, "refused" if descriptor < 0 else "use of shared files can be watched"]


def key_rings() -> Answer:
    """Try to reach a ring that later runs of the same user would read."""
    get_id, user_ring, is_created = 0, -4, 1  # KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING
    ring = _call("keyctl", get_id, user_ring, is_created)
    return [ring < 0, "refused" if ring < 0 else "keys can be left for later runs"]


def shared_tables() -> Answer:
    """Try calls that ask about what all runs share, or mark it, by ways that few know."""
    nothing = ctypes.create_string_buffer(64)
    attempts: dict[str, tuple[str, tuple[object, ...]]] = {
        "the file systems of others can be asked": ("ustat", (os.stat("/").st_dev, nothing)),
        "asynchronous requests can be made": ("io_setup", (1, nothing)),
        "a queue of messages can be made": ("mq_open", (b"canary", os.O_CREAT | os.O_RDWR, 0o600, None)),
        "pages can be asked about": ("move_pages", (0, 0, None, None, None, 0)),
        "files can be marked by setxattrat": ("setxattrat", (-1, b"", 0, b"user.canary", nothing, 64)),
        "files can be marked by file_setattr": ("file_setattr", (-1, b"", nothing, 64, 0)),
        "marks of files can be removed": ("fremovexattr", (-1, b"user.canary")),
    }
    refused = (errno.ENOSYS, errno.EOPNOTSUPP)
    for words, (name, arguments) in attempts.items():
        if number_of(name) is not None and (
            _call(name, *arguments) >= 0 or ctypes.get_errno() not in refused
        ):
            return [False, words]
    return [True, "refused"]


def foreign_calls() -> Answer:
    """Ask for the process id by the numbers of 32-bit x86, which mean other calls to a filter."""
    if status("Seccomp") != "2":
        return [False, "there is no filter"]
    if platform.machine() != "x86_64":
        return [True, "only another program could make any"]
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(int(_pid_by_int_0x80() == os.getpid()))
        finally:
            os._exit(2)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    # Refused, or ended by a kernel that has no such calls at all.
    return [code <= 0, "refused" if code <= 0 else "they pass"]


def _pid_by_int_0x80() -> int:
    flags, rights = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    code = mmap.mmap(-1, mmap.PAGESIZE, flags=flags, prot=rights)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20; int 0x80; ret
    pid: int = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
    return pid


def new_namespaces() -> Answer:
    """Try to raise a wall within the wall."""
    is_made = _call("unshare", 0x10000000) == 0  # CLONE_NEWUSER
    return [not is_made, "a user namespace can be made" if is_made else "refused"]


def foreign_sockets() -> Answer:
    """Try sockets that no model needs."""
    for name, family in (("netlink", 16), ("packet", 17), ("Bluetooth", 31), ("vsock", 40)):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_RAW):
            return [False, f"a {name} socket can be made"]
    for name, kind, protocol in (("Multipath TCP", 1, 262), ("UDP-Lite", 2, 136)):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind, protocol):
            return [False, f"a {name} socket can be made"]
    return [True, "refused"]


def larger_sockets() -> Answer:
    """Try to let more wait in a socket than is counted for it."""
    with contextlib.ExitStack() as stack:
        end, _ = (stack.enter_context(one) for one in socket.socketpair())
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            first = end.getsockopt(socket.SOL_SOCKET, option)
            end.setsockopt(socket.SOL_SOCKET, option, 1 << 30)
            now = end.getsockopt(socket.SOL_SOCKET, option)
            if now > first:
                return [False, f"{now:,} bytes can wait in one, at first {first:,}"]
    return [True, f"never more than the first {first:,} bytes"]


def memory_out_of_sight() -> Answer:
    """Try pages that stay taken when no process maps them any more."""
    with contextlib.suppress(OSError), mmap.mmap(-1, mmap.PAGESIZE):
        return [False, "shared pages without a file can be made"]
    for path in ("/dev/zero", "/dev/full"):
        with (
            contextlib.suppress(OSError),
            open(path, "rb") as file,
            mmap.mmap(file.fileno(), mmap.PAGESIZE, prot=mmap.PROT_READ),
        ):
            return [False, f"{path} can be mapped"]
    return [True, "refused"]


def tracing() -> Answer:
    """Try to trace a child of our own: what is refused here is refused for every process."""
    attach, held_read, held_write = 16, *os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(held_write)
        os.read(held_read, 1)
        os._exit(0)
    is_traced = _call("ptrace", attach, pid, 0, 0) == 0
    os.kill(pid, 9)
    os.close(held_read)
    os.close(held_write)
    os.waitpid(pid, 0)
    return [not is_traced, "another process can be traced" if is_traced else "refused"]


def processor_shares() -> Answer:
    """Try to take a further share of the processors, to choose how it is used, and to use it unseen."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
        finally:
            os._exit(int(os.getsid(0) == os.getpid()))
    if os.waitpid(pid, 0)[1]:
        return [False, "each session has a share of its own, and more can be made"]
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        return [False, "a run chooses how it is scheduled"]
    return [True, "one, which cannot be divided"]


def _call(name: str, *arguments: object) -> int:
    number = number_of(name)
    if number is None:  # what cannot be tried counts as open
        raise LookupError(f"This machine has no call {name}.")
    result: int = ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments)
    return result


def status(name: str) -> str:
    """Return a line of what the kernel says of this process."""
    with open("/proc/self/status") as file:
        return next(line.split()[1] for line in file if line.startswith(name + ":"))
