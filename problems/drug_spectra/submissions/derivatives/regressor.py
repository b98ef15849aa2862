import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline


class Regressor:
    def __init__(self):
        self.model = make_pipeline(
            PCA(n_components=60, svd_solver="randomized", random_state=61), Ridge(alpha=1.0)
        )

    def fit(self, X, y):
        # the score is relative, so that an error weighs the more the smaller the concentration is
        self.model.fit(X, y, ridge__sample_weight=1 / y**2)

    def predict(self, X):
        return np.maximum(self.model.predict(X), 100.0)
