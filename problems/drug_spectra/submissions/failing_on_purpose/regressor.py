class Regressor:
    def fit(self, X, y):
        pass

    def predict(self, X):
        return X[:, :2]  # fails on purpose: two values per spectrum instead of one
