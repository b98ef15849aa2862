"""Ask for 100 GB in one piece."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        self.big = np.ones(100 * 10**9 // 8)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
