"""Make itself unreadable for others, then take memory in a child."""

import ctypes
import os
import time

import numpy as np

PR_SET_DUMPABLE, PR_SET_NAME = 4, 15


class Classifier:
    def fit(self, X, y):
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        # A name that a careless reader of /proc/PID/stat takes for other fields.
        libc.prctl(PR_SET_NAME, b"a) Z 1 (b", 0, 0, 0)
        if os.fork() == 0:
            self.kept = np.ones(900 * 2**20 // 8)
            time.sleep(10**6)
        time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
