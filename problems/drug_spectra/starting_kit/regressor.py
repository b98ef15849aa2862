from sklearn.ensemble import RandomForestRegressor


class Regressor:
    def __init__(self):
        self.model = RandomForestRegressor(n_estimators=20, max_features="sqrt", random_state=61)

    def fit(self, X, y):
        self.model.fit(X, y)

    def predict(self, X):
        return self.model.predict(X)
