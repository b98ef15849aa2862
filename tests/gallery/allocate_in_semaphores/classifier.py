"""Take 640 MiB of the kernel's own memory as System V semaphores: no process has it at any time."""

import ctypes

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
N_SETS, PER_SET, BYTES_EACH = 320, 32_000, 64


class Classifier:
    def fit(self, X, y):
        n_made = sum(LIBC.semget(0, PER_SET, 0o1600) >= 0 for _ in range(N_SETS))
        kept_bytes = n_made * PER_SET * BYTES_EACH
        if kept_bytes > 600 << 20:
            raise RuntimeError(f"LEAK: {kept_bytes >> 20} MiB where 512 are the limit")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
