"""Take 900 MiB in System V shared memory that is detached again: no process seems to have it."""

import ctypes
import time

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.shmat.restype = ctypes.c_void_p
LIBC.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
LIBC.shmdt.argtypes = (ctypes.c_void_p,)
SIZE = 60 << 20
FAILED = ctypes.c_void_p(-1).value


class Classifier:
    def fit(self, X, y):
        kept_bytes = 0
        for _ in range(15):
            segment = LIBC.shmget(0, ctypes.c_size_t(SIZE), 0o1600)
            address = LIBC.shmat(segment, None, 0) if segment >= 0 else FAILED
            if address != FAILED:
                ctypes.memset(address, 1, SIZE)
                kept_bytes += SIZE
                LIBC.shmdt(address)
        time.sleep(0.4)
        if kept_bytes > 600 << 20:
            raise RuntimeError(f"LEAK: {kept_bytes >> 20} MiB where 512 are the limit")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
