"""Take 640 MiB in secret memory files, of which no more is mapped at once than may be locked."""

import ctypes
import mmap
import os

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_MEMFD_SECRET = 447  # on every machine
N_FILES, N_WINDOWS, WINDOW_BYTES = 64, 20, 512 << 10


def fill(descriptor):
    os.ftruncate(descriptor, N_WINDOWS * WINDOW_BYTES)
    for number in range(N_WINDOWS):
        with mmap.mmap(descriptor, WINDOW_BYTES, offset=number * WINDOW_BYTES) as window:
            window.write(b"x" * WINDOW_BYTES)
    return N_WINDOWS * WINDOW_BYTES


class Classifier:
    def fit(self, X, y):
        made = (LIBC.syscall(SYS_MEMFD_SECRET, 0) for _ in range(N_FILES))
        kept_bytes = sum(fill(descriptor) for descriptor in made if descriptor >= 0)
        if kept_bytes > 600 << 20:
            raise RuntimeError(f"LEAK: {kept_bytes >> 20} MiB where 512 are the limit")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
