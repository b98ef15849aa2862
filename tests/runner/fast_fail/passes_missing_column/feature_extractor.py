class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        return X[["age", "weight"]].to_numpy()
