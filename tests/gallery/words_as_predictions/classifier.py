"""Words."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        return np.array([["setosa"] * 3] * len(X))
