"""Ask for 100 GB in small pieces."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        kept = []
        while True:
            kept.append(bytearray(100_000))

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
