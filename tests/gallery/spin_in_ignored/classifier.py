"""Use up the processors in processes that nobody waits for, because their parent ignores that they end."""

import os
import signal
import time

import numpy as np


def spin():
    while time.process_time() < 0.05:
        pass
    os._exit(0)


class Classifier:
    def fit(self, X, y):
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        started_s = time.monotonic()
        while time.monotonic() - started_s < 40:
            try:
                if os.fork() == 0:
                    spin()
            except BlockingIOError:
                pass
            time.sleep(0.1)
        print("LEAK of processor time")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
