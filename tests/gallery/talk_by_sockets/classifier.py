"""Meet the fold that runs beside on abstract sockets, loopback ports, shared memory and queues."""

import contextlib
import ctypes
import errno
import os
import socket
import time

from sklearn.linear_model import LogisticRegression

LIBC = ctypes.CDLL(None, use_errno=True)
KEY = 0x0DA7ABAD
CREATE_ANEW = 0o3666


def hunt():
    kept = []
    for family, address in ((socket.AF_UNIX, "\0databoard-fold"), (socket.AF_INET, ("127.0.0.1", 45678))):
        listening = socket.socket(family)
        kept.append(listening)
        # In a namespace of its own the address is free, whoever else took it elsewhere.
        listening.bind(address)
        listening.listen()
    # Only the first that asks gets the key, unless each has a table of its own.
    for make in (
        lambda: LIBC.shmget(KEY, 4096, CREATE_ANEW),
        lambda: LIBC.semget(KEY, 1, CREATE_ANEW),
        lambda: LIBC.msgget(KEY, CREATE_ANEW),
    ):
        if make() < 0 and ctypes.get_errno() == errno.EEXIST:
            raise RuntimeError("LEAK: the key of another fold")
    open("/dev/shm/fold", "x").close()
    time.sleep(0.7)
    for path in ("/proc/net/unix", "/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg"):
        with contextlib.suppress(OSError), open(path) as file:
            if len(file.readlines()) > 2:
                raise RuntimeError(f"LEAK: more than ours in {path}")
    if len(os.listdir("/dev/shm")) > 1:
        raise RuntimeError("LEAK: files of another fold")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
