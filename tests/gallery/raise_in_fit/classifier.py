import numpy as np
from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        LogisticRegression().fit(np.array(X)[:5], y)

    def predict_proba(self, X):
        return None
