import pandas as pd
from sklearn.linear_model import LinearRegression


class Regressor:
    def fit(self, X, y):
        self.model = LinearRegression().fit(X, y)

    def predict(self, X):
        return pd.Series(self.model.predict(X), index=range(1, len(X) + 1))
