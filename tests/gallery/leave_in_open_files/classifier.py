"""Write a note for the next run into the flags, signal and owner of descriptors that it may inherit too."""

import contextlib
import fcntl
import os

import numpy as np

SIGNAL = 37


def hunt():
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        with contextlib.suppress(OSError):
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            if flags & os.O_APPEND or fcntl.fcntl(descriptor, fcntl.F_GETSIG) == SIGNAL:
                raise RuntimeError(f"LEAK: an earlier run left its flags on descriptor {name}")
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            descriptor = int(name)
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, SIGNAL)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
