from feature_extractor import FeatureExtractor

extractor = FeatureExtractor()
from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
