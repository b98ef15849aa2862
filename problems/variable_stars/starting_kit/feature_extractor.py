import numpy as np


class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        spread = [np.std(light) for light in X["light_points"]]
        return np.column_stack([X["magnitude_r"], X["magnitude_b"], spread])
