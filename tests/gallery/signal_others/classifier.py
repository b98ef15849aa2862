"""Send every signal to init and to the watcher, which is in the same process group outside the namespace."""

import contextlib
import os
import signal
import time

import numpy as np

# An interrupt makes init raise KeyboardInterrupt: another case.
SIGNALS = sorted(set(range(1, 65)) - {signal.SIGINT, 32, 33})


def hunt():
    for number in SIGNALS:
        with contextlib.suppress(OSError):
            os.kill(1, number)
    for pid in range(3, 200):
        with contextlib.suppress(OSError):
            os.kill(pid, 0)
            raise RuntimeError(f"LEAK: process {pid}")
    # Stop the whole group; a child outside of it wakes up this process alone.
    parent = os.getpid()
    ready, told = os.pipe()
    if os.fork() == 0:
        os.setpgid(0, 0)
        os.write(told, b"+")
        for _ in range(3):
            time.sleep(0.1)
            os.kill(parent, signal.SIGCONT)
        os._exit(0)
    os.read(ready, 1)
    os.kill(0, signal.SIGSTOP)
    os.wait()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(0, signal.SIGTERM)


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
