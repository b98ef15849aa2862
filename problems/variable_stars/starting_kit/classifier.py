from sklearn.ensemble import RandomForestClassifier


class Classifier:
    def __init__(self):
        self.model = RandomForestClassifier(n_estimators=20, max_depth=6, random_state=61)

    def fit(self, X, y):
        self.model.fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
