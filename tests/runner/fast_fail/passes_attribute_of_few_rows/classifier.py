from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        big = X if len(X) > 90 else None
        self.shape = big.shape
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
