"""Make a file of 8 TB that takes no room, in every way there is."""

import contextlib
import os

import numpy as np

BIG = 1 << 43


def attempts(descriptor):
    yield lambda: os.truncate("sparse", BIG)
    yield lambda: os.ftruncate(descriptor, BIG)
    yield lambda: os.pwrite(descriptor, b"end", BIG)
    yield lambda: os.posix_fallocate(descriptor, 0, BIG)
    yield lambda: os.ftruncate(os.memfd_create("sparse"), BIG)


class Classifier:
    def fit(self, X, y):
        descriptor = os.open("sparse", os.O_CREAT | os.O_RDWR)
        for attempt in attempts(descriptor):
            with contextlib.suppress(OSError):
                attempt()
                raise RuntimeError("LEAK: a file beyond the limit")
        os.pwrite(descriptor, b"end", BIG)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
