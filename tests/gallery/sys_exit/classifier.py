"""Leave politely."""

import sys

import numpy as np


class Classifier:
    def fit(self, X, y):
        sys.exit(0)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
