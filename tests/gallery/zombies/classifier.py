"""Start processes that end at once and are never waited for."""

import os

import numpy as np


class Classifier:
    def fit(self, X, y):
        for _ in range(1000):
            if os.fork() == 0:
                os._exit(0)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
