"""Carry hidden data out in a shape."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        return np.full((len(X) + (int(X[0, 0] * 10) if len(X) == 30 else 0), 3), 1 / 3)
