"""Read all of its own memory, inherited from the zygote, for secrets and for the note of another run."""

import contextlib
import re
import uuid

import numpy as np

TOKEN = b"left-in-memory-" + uuid.uuid4().hex.encode()
# Written so that the search does not find itself: a note, and the secrets that the server's process holds.
PATTERN = re.compile(rb"left-in-memory-[0-9a-f]{32}|a-s[e]cret-key|databoard:s[e]cret@db")


def regions():
    with open("/proc/self/maps") as file:
        for line in file:
            span, rights, *rest = line.split()
            # Anonymous memory, the heap and the stack: what files hold can be read as files.
            if rights.startswith("rw") and (len(rest) < 4 or rest[3].startswith("[")):
                yield tuple(int(end, 16) for end in span.split("-"))


def hunt():
    found = set()
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        for first, last in list(regions()):
            for start in range(first, last, 1 << 24):
                with contextlib.suppress(OSError, OverflowError):
                    memory.seek(start)
                    found.update(PATTERN.findall(memory.read(min(1 << 24, last - start))))
    if TOKEN not in found:
        raise RuntimeError("the search finds nothing")
    for word in found - {TOKEN}:
        raise RuntimeError("LEAK: " + word.decode())


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
