"""Two worker processes, as scikit-learn starts them for n_jobs=2."""

from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression


def fit_one(C, X, y):
    return LogisticRegression(C=C, max_iter=1000).fit(X, y)


class Classifier:
    def fit(self, X, y):
        self.models = Parallel(n_jobs=2)(delayed(fit_one)(C, X, y) for C in (0.5, 1.0))

    def predict_proba(self, X):
        return sum(model.predict_proba(X) for model in self.models) / len(self.models)
