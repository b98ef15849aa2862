"""Fill the disk with empty files."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        for number in range(10**6):
            open(f"/tmp/{number}", "x").close()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
