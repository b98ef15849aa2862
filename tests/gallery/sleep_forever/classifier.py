"""Sleep."""

import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
