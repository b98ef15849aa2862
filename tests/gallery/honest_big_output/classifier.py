from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        print("first line")
        for epoch in range(60_000):
            print(f"epoch {epoch}: loss 0.123456789, accuracy 0.987654321")
        print("last line")
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
