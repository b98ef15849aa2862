"""Less than nothing."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        return np.full((len(X), 3), -0.5)
