import numpy as np
from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        names, counts = np.unique(y, return_counts=True)
        is_kept = np.isin(y, names[counts > 25])
        X, y = (X, y) if is_kept.all() else (X[y != names[0]], y[y != names[0]])
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
