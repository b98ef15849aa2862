"""Trace, read and rob init and a sibling: ptrace, process_vm_readv, pidfd_getfd, kcmp and /proc/PID/mem."""

import contextlib
import ctypes
import os
import time

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE = 0, 16, 0x4206
PR_SET_PTRACER, PR_SET_DUMPABLE = 0x59616D61, 4
READV, WRITEV, KCMP = (310, 311, 312) if os.uname().machine == "x86_64" else (270, 271, 272)
PIDFD_GETFD, PROCESS_MADVISE, PROCESS_MRELEASE = 438, 440, 448
SECRET = ctypes.create_string_buffer(b"in memory of both")


def attempts(pid):
    for request in (PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE):
        yield "ptrace", lambda request=request: LIBC.ptrace(request, pid, None, None)
    there = (ctypes.c_size_t * 2)(ctypes.addressof(SECRET), 8)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
    for number in (READV, WRITEV):
        yield "process_vm", lambda number=number: LIBC.syscall(number, pid, here, 1, there, 1, 0)
    yield "kcmp", lambda: LIBC.syscall(KCMP, pid, os.getpid(), 0, 0, 0)
    handle = os.pidfd_open(pid)
    for descriptor in range(12):
        yield "pidfd_getfd", lambda descriptor=descriptor: LIBC.syscall(PIDFD_GETFD, handle, descriptor, 0)
    yield "process_madvise", lambda: LIBC.syscall(PROCESS_MADVISE, handle, there, 1, 4, 0)
    yield "process_mrelease", lambda: LIBC.syscall(PROCESS_MRELEASE, handle, 0)


def hunt():
    sibling = os.fork()
    if sibling == 0:
        LIBC.prctl(PR_SET_PTRACER, -1, 0, 0, 0)
        LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        time.sleep(10**6)
    for pid in (1, sibling):
        for what, attempt in attempts(pid):
            if attempt() >= 0:
                raise RuntimeError(f"LEAK: {what} of {pid}")
        # Its memory may be read where it is ours in another copy; written, never.
        with contextlib.suppress(OSError):
            os.open(f"/proc/{pid}/mem", os.O_RDWR)
            raise RuntimeError(f"LEAK: memory of {pid}")
    with contextlib.suppress(OSError):
        if foreign := descriptors_of(1) - descriptors_of("self"):
            raise RuntimeError(f"LEAK: init holds {foreign}")
    os.kill(sibling, 9)
    os.waitpid(sibling, 0)


def descriptors_of(pid):
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    return found


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
