"""Plant code where the next run would import it; take privileges back."""

import contextlib
import os
import site
import sys

from sklearn.linear_model import LogisticRegression

PLACES = [
    *site.getsitepackages(),
    sys.prefix,
    sys.base_prefix,
    "/",
    "/usr",
    "/usr/bin",
    "/etc",
    "/srv",
    "/dev",
    "/proc/sys/kernel",
    "/root",
]


def hunt():
    for place in PLACES:
        with contextlib.suppress(OSError):
            with open(os.path.join(place, "sitecustomize.py"), "w") as file:
                file.write("import os")
            raise RuntimeError(f"LEAK:{place} is writable")
    for attempt in (
        lambda: os.setuid(0),
        lambda: os.chroot("/tmp"),
        lambda: os.mknod("/tmp/disk", 0o60666, 0x0801),
    ):
        with contextlib.suppress(OSError):
            attempt()
            raise RuntimeError("LEAK:privileges")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        hunt()
        return self.model.predict_proba(X)
