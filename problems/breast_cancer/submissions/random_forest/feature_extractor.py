class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        return X[[column for column in X if column.startswith("mean_")]].to_numpy()
