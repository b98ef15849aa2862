"""Raise limits, priority and the odds against the out-of-memory killer."""

import contextlib
import ctypes
import os
import resource

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
LIMITS = ("AS", "CPU", "NPROC", "FSIZE", "NOFILE", "CORE", "MSGQUEUE", "RTPRIO", "NICE", "MEMLOCK")
PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAPBSET_READ = 28, 47, 23


def attempts():
    for name in LIMITS:
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            yield name, lambda k=kind, h=hard: resource.setrlimit(k, (h, h + 1))
            yield name, lambda k=kind: resource.setrlimit(k, (resource.RLIM_INFINITY,) * 2)
            yield f"{name} of init", lambda k=kind, h=hard: resource.prlimit(1, k, (h, h + 1))
    yield "niceness", lambda: os.nice(-1)
    yield "priority of init", lambda: os.setpriority(os.PRIO_PROCESS, 1, -5)
    yield "real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    for path in ("/proc/self/oom_score_adj", "/proc/1/oom_score_adj", "/proc/sys/kernel/pid_max",
                 "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/self/uid_map",
                 "/proc/sys/net/ipv4/ping_group_range", "/proc/sysrq-trigger",
                 "/proc/self/coredump_filter"):  # fmt: skip
        yield path, lambda p=path: os.open(p, os.O_WRONLY)


def hunt():
    for what, attempt in attempts():
        with contextlib.suppress(OSError, ValueError):
            attempt()
            raise RuntimeError(f"LEAK: {what}")
    if LIBC.prctl(PR_SET_SECUREBITS, 1, 0, 0, 0) == 0:
        raise RuntimeError("LEAK: secure bits")
    header, all_of_them = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
    if LIBC.capset(header, all_of_them) == 0:
        raise RuntimeError("LEAK: capabilities")
    for capability in range(41):
        is_left = LIBC.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1
        if is_left or LIBC.prctl(PR_CAP_AMBIENT, 2, capability, 0, 0) == 0:
            raise RuntimeError(f"LEAK: capability {capability}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
