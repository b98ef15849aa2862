import numpy as np


class FeatureExtractor:
    """All columns, the skewed ones as logarithms."""

    def fit(self, X, y):
        pass

    def transform(self, X):
        features = X.copy()
        for column in ("s3", "s4", "s6"):
            features[column] = np.log(features[column])
        return features.to_numpy()
