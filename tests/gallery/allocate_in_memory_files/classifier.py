"""Take 900 MiB in memory files that are written and never mapped: no process seems to have them."""

import contextlib
import os
import time

import numpy as np

PIECE = bytes(12 << 20)


class Classifier:
    def fit(self, X, y):
        kept_bytes = 0
        with contextlib.suppress(OSError):
            for number in range(75):
                kept_bytes += os.write(os.memfd_create(f"{number}"), PIECE)
        time.sleep(0.4)
        if kept_bytes > 600 << 20:
            raise RuntimeError(f"LEAK: {kept_bytes >> 20} MiB where 512 are the limit")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
