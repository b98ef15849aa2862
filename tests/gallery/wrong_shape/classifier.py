"""Labels instead of probabilities."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        return np.zeros(len(X))
