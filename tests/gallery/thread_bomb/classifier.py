"""Start a thousand threads."""

import threading

import numpy as np


class Classifier:
    def fit(self, X, y):
        for _ in range(1000):
            threading.Thread(target=threading.Event().wait, daemon=True).start()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
