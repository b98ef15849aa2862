"""Leave shared memory, semaphores, message queues, keys and a daemon on an abstract socket for the next run."""

import contextlib
import ctypes
import os
import socket
import time

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
KEY = 0x0DA7ABAD
CREATE_ANEW = 0o3666
SYS_MQ_OPEN, SYS_ADD_KEY, SYS_REQUEST_KEY = 240, 248, 249
EEXIST = 17


def make(what, call, *arguments):
    if call(*arguments) < 0 and ctypes.get_errno() == EEXIST:
        raise RuntimeError(f"LEAK: an earlier run left {what}")


def hunt():
    make("shared memory", LIBC.shmget, KEY, 4096, CREATE_ANEW)
    make("a semaphore", LIBC.semget, KEY, 1, CREATE_ANEW)
    make("a message queue", LIBC.msgget, KEY, CREATE_ANEW)
    if os.uname().machine == "x86_64":
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR
        make("a POSIX queue", LIBC.syscall, SYS_MQ_OPEN, b"left", flags, 0o666, None)
        for ring in (-3, -4, -5):  # of the session, of the user, of the user's session
            if LIBC.syscall(SYS_REQUEST_KEY, b"user", b"left", None, ring) > 0:
                raise RuntimeError("LEAK: an earlier run left a key")
            LIBC.syscall(SYS_ADD_KEY, b"user", b"left", b"labels", ctypes.c_size_t(6), ring)
    with socket.socket(socket.AF_UNIX) as caller, contextlib.suppress(OSError):
        caller.connect("\0left")
        raise RuntimeError("LEAK: a daemon of an earlier run answers")


def stay():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind("\0left")
                listening.listen()
                time.sleep(10**6)
        os._exit(0)
    os.wait()


class Classifier:
    def fit(self, X, y):
        hunt()
        stay()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
