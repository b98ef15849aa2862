"""Print 1 GB and more."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        while True:
            print("x" * 10_000)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
