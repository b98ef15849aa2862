"""Ask the kernel which pages of a shared file are in memory: one run reads it, another learns that it was read."""

import contextlib
import ctypes
import os

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
CACHESTAT = 451
N_FILES = 300


def files():
    for folder, _, names in os.walk("/usr/share"):
        for name in names[:3]:
            with contextlib.suppress(OSError):
                yield os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW)


def hunt():
    whole, counts = (ctypes.c_uint64 * 2)(0, 0), (ctypes.c_uint64 * 5)()
    for _, descriptor in zip(range(N_FILES), files(), strict=False):
        try:
            os.preadv(descriptor, [bytearray(1)], 0, os.RWF_NOWAIT)
        except BlockingIOError:
            raise RuntimeError("LEAK: the kernel tells that a page is not in memory") from None
        except OSError:
            pass  # the call is refused
        if LIBC.syscall(CACHESTAT, descriptor, whole, counts, 0) == 0:
            raise RuntimeError("LEAK: the kernel counts pages in memory")
        os.close(descriptor)


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
