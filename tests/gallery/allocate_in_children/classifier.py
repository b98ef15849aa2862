"""Stay below the limit of a process, in eight of them."""

import os
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        for _ in range(8):
            if os.fork() == 0:
                self.kept = np.ones(100 * 2**20 // 8)
                time.sleep(10**6)
        time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
