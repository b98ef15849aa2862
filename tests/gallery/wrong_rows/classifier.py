"""Too few rows."""

import numpy as np


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        return np.full((7, 3), 1 / 3)
