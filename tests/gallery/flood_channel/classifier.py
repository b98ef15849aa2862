"""Send 50 MB that never end a line."""

import contextlib
import os
import stat

import numpy as np


class Classifier:
    def fit(self, X, y):
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                    for _ in range(50):
                        os.write(int(name), b"T" * 10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
