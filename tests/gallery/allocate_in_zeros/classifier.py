"""Take 900 MiB by mapping the device of zeros, and drop them from the page table."""

import contextlib
import mmap
import time

import numpy as np

SIZE = 30 << 20


class Classifier:
    def fit(self, X, y):
        kept = []
        with contextlib.suppress(OSError), open("/dev/zero", "r+b", buffering=0) as zeros:
            for _ in range(30):
                kept.append(mmap.mmap(zeros.fileno(), SIZE))
                kept[-1].write(b"x" * SIZE)
                kept[-1].madvise(mmap.MADV_DONTNEED)
        time.sleep(0.4)
        if sum(piece[SIZE - 1] == ord("x") for piece in kept) * SIZE > 600 << 20:
            raise RuntimeError("LEAK: more MiB than are allowed")

    def predict_proba(self, X):
        with open("/dev/zero", "rb") as zeros:  # honest code reads zeros from it
            assert zeros.read(3) == bytes(3)
        return np.full((len(X), 3), 1 / 3)
