"""Start a thousand processes."""

import os
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        for _ in range(1000):
            try:
                if os.fork() == 0:
                    time.sleep(10**6)
            except OSError:
                time.sleep(0.001)
        time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
