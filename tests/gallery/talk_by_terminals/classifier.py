"""Open terminals and count those of the fold that runs beside."""

import contextlib
import os
import time

from sklearn.linear_model import LogisticRegression


def terminals():
    with contextlib.suppress(OSError):
        return {name for name in os.listdir("/dev/pts") if name.isdigit()}
    return set()


def hunt():
    own = []
    for flags in (os.O_RDONLY, os.O_RDWR):
        for _ in range(2):
            with contextlib.suppress(OSError):
                own.append(os.open("/dev/ptmx", flags | os.O_NOCTTY))
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        if len(terminals()) > len(own):
            raise RuntimeError(f"LEAK: {len(terminals())} terminals, {len(own)} of them ours")
        time.sleep(0.02)


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
