"""Read off what it may do, and start the programs that give more."""

import contextlib
import os
import stat
import subprocess

import numpy as np


def hunt():
    with open("/proc/self/status") as file:
        facts = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(facts[name], 16):
            raise RuntimeError(f"LEAK: {name} {facts[name]}")
    if facts["NoNewPrivs"].strip() != "1" or facts["Seccomp"].strip() != "2" or "0" in facts["Uid"].split():
        raise RuntimeError("LEAK: " + repr(facts))
    if facts["Groups"].split() and set(facts["Groups"].split()) - {"65534"}:
        raise RuntimeError("LEAK: groups " + facts["Groups"])
    for name in os.listdir("/usr/bin"):
        path = f"/usr/bin/{name}"
        with contextlib.suppress(OSError):
            if os.stat(path).st_mode & stat.S_ISUID:
                with_more(path)


def with_more(path):
    """Raise when a set-user-id program gets its rights: it would show in the process that it becomes."""
    child = subprocess.Popen(
        [path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with contextlib.suppress(OSError), open(f"/proc/{child.pid}/status") as file:
        if any(line.startswith("Uid:") and "0" in line.split() for line in file):
            raise RuntimeError(f"LEAK: {path} runs as root")
    child.kill()
    child.wait()


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
