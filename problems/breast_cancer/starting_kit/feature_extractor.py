class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        return X[["mean_smoothness", "mean_symmetry"]].to_numpy()
