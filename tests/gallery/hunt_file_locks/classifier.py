"""Set locks and watches on files that every run shares, where another run could see them."""

import contextlib
import ctypes
import fcntl
import struct

import numpy as np

SHARED = ("/etc/ld.so.cache", "/usr/bin/env", np.__file__)
LIBC = ctypes.CDLL(None, use_errno=True)
# struct flock: a read lock on one byte, far behind the end of the file.
LOCK = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 1 << 40, 1, 0)
COMMANDS = {
    name: (getattr(fcntl, name), LOCK)
    for name in ("F_SETLK", "F_SETLKW", "F_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW", "F_OFD_GETLK")
} | {"F_SETLEASE": (fcntl.F_SETLEASE, fcntl.F_RDLCK), "F_GETLEASE": (fcntl.F_GETLEASE, 0)}


def attempts():
    for path in SHARED:
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            yield f"flock {path}", lambda file=file: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            for name, (command, argument) in COMMANDS.items():
                yield f"{name} {path}", lambda c=command, a=argument, file=file: fcntl.fcntl(file, c, a)
    folder = LIBC.open(b"/usr", 0)
    yield "F_NOTIFY /usr", lambda: fcntl.fcntl(folder, fcntl.F_NOTIFY, 1)
    yield "inotify", watch


def watch():
    if LIBC.inotify_init1(0) < 0:
        raise OSError(ctypes.get_errno(), "inotify")


def hunt():
    for what, attempt in attempts():
        with contextlib.suppress(OSError):
            attempt()
            raise RuntimeError(f"LEAK: {what}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        hunt()
        return np.full((len(X), 3), 1 / 3)
