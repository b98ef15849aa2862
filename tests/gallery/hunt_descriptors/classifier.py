"""Look for descriptors of the zygote among its own: control socket, status, process handles, kit and rows."""

import contextlib
import os
import stat

import numpy as np


def hunt():
    kinds = {"socket": set(), "memory": set(), "pipe": set()}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            target, inode = os.readlink(f"/proc/self/fd/{name}"), os.fstat(int(name)).st_ino
            if target.startswith("socket:"):
                kinds["socket"].add(inode)
            elif target.startswith("/memfd:"):
                kinds["memory"].add(inode)
            elif target.startswith("pipe:"):
                kinds["pipe"].add(inode)
            elif not stat.S_ISCHR(os.fstat(int(name)).st_mode) and not target.startswith("/proc/"):
                raise RuntimeError(f"LEAK: {target}")
    # The channel; submission and labels; the output.
    for kind, most in (("socket", 1), ("memory", 2), ("pipe", 1)):
        if len(kinds[kind]) > most:
            raise RuntimeError(f"LEAK: {len(kinds[kind])} descriptors of kind {kind}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        if len(X) == 120:
            hunt()
        return np.full((len(X), 3), 1 / 3)
