"""Set the clock of the machine."""

import contextlib
import ctypes
import os
import time

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
ADJ_FREQUENCY = 2


def hunt():
    for clock in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME):
        with contextlib.suppress(OSError):
            time.clock_settime(clock, 1.0)
            raise RuntimeError(f"LEAK: clock {clock}")
    if LIBC.settimeofday((ctypes.c_long * 2)(1, 0), None) == 0:
        raise RuntimeError("LEAK: the time of day")
    change = (ctypes.c_long * 26)(ADJ_FREQUENCY)
    if LIBC.adjtimex(change) >= 0 or LIBC.clock_adjtime(0, change) >= 0:
        raise RuntimeError("LEAK: the speed of the clock")
    for path in ("/dev/rtc", "/dev/rtc0", "/dev/ptp0"):
        if os.path.exists(path):
            raise RuntimeError(f"LEAK: {path}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
