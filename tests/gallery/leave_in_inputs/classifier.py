"""Write a note for the next run beside the labels: extended attributes of the inputs."""

import contextlib
import os
import uuid

import numpy as np

TOKEN = uuid.uuid4().bytes


def inputs():
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("/memfd:"):
                yield int(name)


def hunt():
    for descriptor in inputs():
        for name in os.listxattr(descriptor):
            if os.getxattr(descriptor, name) != TOKEN:
                raise RuntimeError(f"LEAK: an earlier run left {name}")
        with contextlib.suppress(OSError):
            os.setxattr(descriptor, "user.left", TOKEN)


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        hunt()
        return np.full((len(X), 3), 1 / 3)
