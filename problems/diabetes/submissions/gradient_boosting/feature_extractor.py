class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        return X.to_numpy()
