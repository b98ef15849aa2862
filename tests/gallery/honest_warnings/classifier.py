import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        warnings.warn("this is only a warning", stacklevel=1)
        np.log(np.zeros(3))
        self.model = LogisticRegression(max_iter=2).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
