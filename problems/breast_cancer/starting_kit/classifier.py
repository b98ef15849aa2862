from sklearn.tree import DecisionTreeClassifier


class Classifier:
    def __init__(self):
        self.model = DecisionTreeClassifier(max_depth=3, random_state=61)

    def fit(self, X, y):
        self.model.fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
