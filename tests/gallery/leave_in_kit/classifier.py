"""Leave a trace for the next run in the kit's folder, the package's and the library's."""

import contextlib
import os

import numpy as np

PLACES = ("/srv/kit", "/srv/runtime/databoard", "/srv", os.path.dirname(np.__file__), "/proc/1/root/srv/kit")


def attempts(folder):
    path = next((entry.path for entry in os.scandir(folder) if entry.is_file()), folder)
    yield "a new file", lambda: open(f"{folder}/left.py", "x").close()
    yield "a new folder", lambda: os.mkdir(f"{folder}/__pycache__-left")
    yield "a link", lambda: os.symlink("left", f"{folder}/left")
    yield "a FIFO", lambda: os.mkfifo(f"{folder}/left.fifo")
    yield "more text", lambda: open(path, "a").close()
    yield "an attribute", lambda: os.setxattr(path, "user.left", b"labels")
    yield "the mode", lambda: os.chmod(path, 0o777)
    yield "the times", lambda: os.utime(path)
    yield "the name", lambda: os.rename(path, path + ".left")
    yield "an end", lambda: os.unlink(path)


def hunt():
    for folder in PLACES:
        if not os.path.isdir(folder):
            continue
        for what, attempt in attempts(folder):
            with contextlib.suppress(OSError):
                attempt()
                raise RuntimeError(f"LEAK: {what} in {folder}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        hunt()
        return np.full((len(X), 3), 1 / 3)
