from sklearn.ensemble import ExtraTreesClassifier


class Classifier:
    def __init__(self):
        self.model = ExtraTreesClassifier(n_estimators=150, min_samples_leaf=2, random_state=61)

    def fit(self, X, y):
        self.model.fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
