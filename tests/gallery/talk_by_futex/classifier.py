"""Sleep and wake others on an address in a library's file, which is one address for all who map the file."""

import ctypes
import os
import random
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
SYS_FUTEX = 202 if os.uname().machine == "x86_64" else 98
FUTEX_WAIT, FUTEX_WAKE = 0, 1
PROT_READ, MAP_SHARED = 1, 1


def hunt():
    with open(np.__file__, "rb") as file:
        address = LIBC.mmap(None, 4096, PROT_READ, MAP_SHARED, file.fileno(), 0)
    place, value = ctypes.c_void_p(address), int.from_bytes(ctypes.string_at(address, 4), sys.byteorder)
    patience = (ctypes.c_long * 2)(0, 20_000_000)
    deadline = time.monotonic() + 1.0
    # This process has one thread: whoever wakes it, or is woken by it, is another fold.
    while time.monotonic() < deadline:
        if random.random() < 0.5:
            is_met = (
                LIBC.syscall(SYS_FUTEX, place, FUTEX_WAIT, ctypes.c_uint32(value), patience, None, 0) == 0
            )
        else:
            is_met = LIBC.syscall(SYS_FUTEX, place, FUTEX_WAKE, 1, None, None, 0) > 0
            time.sleep(0.001)
        if is_met:
            raise RuntimeError("LEAK: another fold on the same address")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
