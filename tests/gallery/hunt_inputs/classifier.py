"""Alter the inputs that other folds share."""

import contextlib
import os

from sklearn.linear_model import LogisticRegression


def hunt():
    """Alter what other folds read, and look for labels that are not in the frames."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        with contextlib.suppress(OSError):
            if not os.readlink(f"/proc/self/fd/{name}").startswith("/memfd:"):
                continue
            os.lseek(descriptor, 7, os.SEEK_SET)
            for attempt in (write_through_proc, truncate, chmod_and_write):
                with contextlib.suppress(OSError):
                    attempt(descriptor)
                    raise RuntimeError(f"LEAK:{attempt.__name__}")


def write_through_proc(descriptor):
    os.pwrite(os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR), b"poison", 0)


def truncate(descriptor):
    os.truncate(f"/proc/self/fd/{descriptor}", 0)


def chmod_and_write(descriptor):
    os.fchmod(descriptor, 0o666)
    os.pwrite(os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY), b"poison", 0)


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        hunt()
        return self.model.predict_proba(X)
