class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self):
        return self.X[["age", "bmi"]].to_numpy()
