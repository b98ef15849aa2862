from sklearn.ensemble import GradientBoostingRegressor


class Regressor:
    def __init__(self):
        self.model = GradientBoostingRegressor(
            n_estimators=60, learning_rate=0.08, max_depth=2, subsample=0.7, random_state=61
        )

    def fit(self, X, y):
        self.model.fit(X, y)

    def predict(self, X):
        return self.model.predict(X)
