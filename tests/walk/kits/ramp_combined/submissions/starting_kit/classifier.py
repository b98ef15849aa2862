"""What a participant of a RAMP challenge hands in."""

from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline


class Classifier:
    def fit(self, X, y):
        self.model = make_pipeline(GaussianNB()).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
