"""Make new namespaces, enter those of init, and climb to the ones above."""

import contextlib
import ctypes
import fcntl
import os
import signal

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
CLONE3 = 435
FLAGS = {
    "mnt": 0x00020000, "cgroup": 0x02000000, "uts": 0x04000000, "ipc": 0x08000000,
    "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000, "time": 0x00000080,
}  # fmt: skip
NS_GET_USERNS, NS_GET_PARENT = 0xB701, 0xB702


def hunt():
    for name, flag in FLAGS.items():
        for more in (0, FLAGS["user"]):
            if LIBC.unshare(flag | more) == 0:
                raise RuntimeError(f"LEAK: unshare {name}")
            if name != "time":  # that bit of clone's is the signal's
                is_child_made(
                    name, CLONE, ctypes.c_ulong(flag | more | signal.SIGCHLD), None, None, None, None
                )
            arguments = (ctypes.c_uint64 * 11)(flag | more, 0, 0, 0, signal.SIGCHLD)
            is_child_made(name, CLONE3, arguments, ctypes.c_size_t(88))
    for pid in ("self", "1"):
        for name in FLAGS:
            with contextlib.suppress(OSError):
                climb(name, os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY))
    for pid in (1, os.getppid()):
        with contextlib.suppress(OSError):
            if LIBC.setns(os.pidfd_open(pid), FLAGS["mnt"] | FLAGS["user"] | FLAGS["pid"]) == 0:
                raise RuntimeError("LEAK: setns by process")


def is_child_made(name, *call):
    pid = LIBC.syscall(*call)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        raise RuntimeError(f"LEAK: a process in a new namespace {name}")


def climb(name, descriptor):
    if LIBC.setns(descriptor, 0) == 0:
        raise RuntimeError(f"LEAK: setns {name}")
    for ask in (NS_GET_PARENT, NS_GET_USERNS):
        with contextlib.suppress(OSError):
            above = fcntl.ioctl(descriptor, ask)
            if os.fstat(above).st_ino != os.stat("/proc/self/ns/user").st_ino:
                raise RuntimeError(f"LEAK: a handle of the namespace above {name}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
