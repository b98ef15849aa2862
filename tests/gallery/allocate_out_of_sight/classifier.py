"""Take 900 MiB in shared pages that are dropped from the page table and stay: no process seems to have them."""

import contextlib
import mmap
import time

import numpy as np

SIZE = 30 << 20


class Classifier:
    def fit(self, X, y):
        self.kept = []
        with contextlib.suppress(OSError):
            for _ in range(30):
                piece = mmap.mmap(-1, SIZE)
                piece.write(b"x" * SIZE)
                piece.madvise(mmap.MADV_DONTNEED)
                self.kept.append(piece)
        time.sleep(0.4)
        kept_bytes = sum(SIZE for piece in self.kept if piece[SIZE - 1] == ord("x"))
        if kept_bytes > 600 << 20:
            raise RuntimeError(f"LEAK: {kept_bytes >> 20} MiB where 512 are the limit")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
